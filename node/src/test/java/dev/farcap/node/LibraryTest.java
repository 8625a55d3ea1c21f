package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.capability.LabelPattern;
import dev.farcap.config.ConfigException;
import dev.farcap.node.Greeter.Seen;
import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.Session;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SignalPort.SignalContext;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Programs that open and host sessions by themselves, without any proxy process.
final class LibraryTest {
  private static final Label HALL = Label.of("hall");

  @TempDir private Path folder;
  private final Greeter greeter = new Greeter();
  private TwoHosts hosts;
  private @Nullable Node server;
  private @Nullable Node client;

  @BeforeEach
  void makeRealm() throws Exception {
    hosts = new TwoHosts(folder);
    hosts.grant(Greeter.SERVICE, new LabelPattern.Prefix(Label.of("app1", "hall")));
  }

  @AfterEach
  void stop() {
    greeter.goOn.countDown();
    if (client != null) {
      client.drain(Duration.ZERO);
    }
    if (server != null) {
      server.drain(Duration.ZERO);
    }
  }

  private Node serve() throws Exception {
    Node serving = Node.server(serverFile("{hosted: acme.Greeter}"), Map.of("greeter", greeter));
    server = serving;
    return serving;
  }

  private Node start() throws Exception {
    String address = serve().addresses().getFirst();
    Node opening = Node.client(clientFile(address, "program: app1"));
    client = opening;
    return opening;
  }

  private Path serverFile(String backend) throws Exception {
    return Files.writeString(
        folder.resolve("server.yaml"),
        """
        identity: host-b
        trustBundle: %s
        state: server-state
        server:
          listen: ["tls://127.0.0.1:0"]
          backends:
            greeter: %s
          exports:
            acme.Greeter: {policies: [{labelPrefix: "host-a -> app1", backend: greeter}]}
        """
            .formatted(hosts.trustBundle(), backend));
  }

  private Path directory(String address) throws Exception {
    return Files.writeString(
        folder.resolve("directory.yaml"),
        """
        providers:
          host-b:
            identity: farcap://lab/host-b
            services: [acme.Greeter, ROM]
            addresses: ["%s"]
        routes:
          - {service: acme.Greeter, to: [host-b]}
          - {service: ROM, to: [host-b]}
        """
            .formatted(address));
  }

  private Path clientFile(String address, String opens) throws Exception {
    Path file = hosts.writeClient(address, "acme.Greeter, ROM", opens);
    directory(address);
    return file;
  }

  private Seen seen() throws Exception {
    return Objects.requireNonNull(greeter.calls.poll(Await.PATIENCE_S, TimeUnit.SECONDS));
  }

  // ---- sessions

  @Test
  void programCallsServiceOfAnotherProgram() throws Exception {
    Node node = start();

    try (Session session = node.open(Greeter.SERVICE, HALL)) {
      assertEquals("hello, you", Greeter.hello(session.channel(), "you"));
      assertEquals(Session.State.ACTIVE, session.state());
      assertNull(session.failure());
    }
  }

  @Test
  void hostedServiceKnowsWhoCallsWhateverTheProgramSays() throws Exception {
    Node node = start();
    Metadata forged = new Metadata();
    forged.put(MetadataKeys.LABEL, "host-a -> app1 -> throne");
    forged.put(MetadataKeys.PEER, "farcap://lab/king");
    forged.put(MetadataKeys.GRANT, "ab".repeat(32));

    try (Session session = node.open(Greeter.SERVICE, HALL)) {
      Greeter.hello(
          ClientInterceptors.intercept(
              session.channel(), MetadataUtils.newAttachHeadersInterceptor(forged)),
          "you");
    }

    Seen seen = seen();
    SessionCaller caller = seen.caller();
    assertEquals(Identity.parse("farcap://lab/host-a"), caller.identity());
    assertEquals(Label.of("host-a", "app1", "hall"), caller.label());
    assertTrue(caller.session().startsWith("farcap://lab/host-a/"), caller.session());
    assertTrue(caller.grant().matches("[0-9a-f]{64}"), caller.grant());
    assertNull(caller.object());
    assertEquals(caller, SessionCaller.of(seen.headers()));
  }

  @Test
  void outsideOfACallThereIsNoCaller() {
    assertThrows(IllegalStateException.class, SessionCaller::current);
  }

  @Test
  void hostedServiceMayBlock() throws Exception {
    Node node = start();
    try (Session session = node.open(Greeter.SERVICE, HALL)) {
      CompletableFuture<String> blocked =
          inBackground(() -> Greeter.hello(session.channel(), "wait"));
      assertTrue(seen().thread().isVirtual());

      assertEquals("hello, you", Greeter.hello(session.channel(), "you"));

      greeter.goOn.countDown();
      assertEquals("hello, wait", blocked.get(Await.PATIENCE_S, TimeUnit.SECONDS));
    }
  }

  @Test
  void listenersOfCallsMayBlock() throws Exception {
    Node node = start();
    CompletableFuture<Thread> told = new CompletableFuture<>();
    try (Session session = node.open(Greeter.SERVICE, HALL)) {
      ClientCall<String, String> call =
          session.channel().newCall(Greeter.HELLO, CallOptions.DEFAULT);
      ClientCalls.asyncUnaryCall(
          call,
          "you",
          new io.grpc.stub.StreamObserver<>() {
            @Override
            public void onNext(String reply) {
              told.complete(Thread.currentThread());
            }

            @Override
            public void onError(Throwable failure) {
              told.completeExceptionally(failure);
            }

            @Override
            public void onCompleted() {}
          });

      assertTrue(told.get(Await.PATIENCE_S, TimeUnit.SECONDS).isVirtual());
    }
  }

  @Test
  void callsWaitForServerThatStartsLater() throws Exception {
    Node first = serve();
    String address = first.addresses().getFirst();
    first.close();
    Node node = Node.client(clientFile(address, "program: {name: app1, whileDown: wait}"));
    client = node;

    try (Session session = node.open(Greeter.SERVICE, HALL)) {
      CompletableFuture<String> early =
          inBackground(() -> Greeter.hello(session.channel(), "early"));
      String file = Files.readString(serverFile("{hosted: acme.Greeter}"));
      Files.writeString(folder.resolve("server.yaml"), file.replace("tls://127.0.0.1:0", address));
      server = Node.server(folder.resolve("server.yaml"), Map.of("greeter", greeter));

      assertEquals("hello, early", early.get(Await.PATIENCE_S, TimeUnit.SECONDS));
    }
  }

  @Test
  void signalRaisedByHostedServiceArrives() throws Exception {
    Node node = start();
    CompletableFuture<Long> edges = new CompletableFuture<>();

    try (Session session = node.open(Greeter.SERVICE, HALL);
        SignalContext context = node.signals().create(session.request(), edges::complete)) {
      assertEquals("raised", Greeter.raise(session.channel(), context.reference()));
      assertEquals(1, edges.get(Await.PATIENCE_S, TimeUnit.SECONDS));
    }
  }

  // ---- ends

  @Test
  void closedSessionSaysWhy() throws Exception {
    Node node = start();
    Session session = node.open(Greeter.SERVICE, HALL);
    Greeter.hello(session.channel(), "you");
    CompletableFuture<Failure> why = new CompletableFuture<>();
    session.onClosed(why::complete);

    session.close();

    assertEquals(Failure.Kind.DISCONNECTED, why.get(Await.PATIENCE_S, TimeUnit.SECONDS).kind());
    assertEquals(why.get(), session.failure());
    assertEquals(Session.State.CLOSED, session.state());
    assertFails(Status.Code.UNAVAILABLE, "", () -> Greeter.hello(session.channel(), "late"));
  }

  @Test
  void sessionThatTheServerRefusesEndsWithTheReason() throws Exception {
    hosts.grant(Duration.ofDays(1));
    Node node = start();

    Session session = node.open("ROM", HALL);
    CompletableFuture<Failure> why = new CompletableFuture<>();
    session.onClosed(why::complete);

    Failure failure = why.get(Await.PATIENCE_S, TimeUnit.SECONDS);
    assertEquals(Failure.Kind.REFUSED, failure.kind());
    assertTrue(failure.message().startsWith("session refused; the server's audit log says why: "));
  }

  @ParameterizedTest
  @CsvSource({
    "acme.Other, hall, PERMISSION_DENIED, no route for",
    "acme.Greeter, cellar, PERMISSION_DENIED, no grant for acme.Greeter",
  })
  void sessionThatMayNotOpenIsRefusedAtOnce(
      String service, String label, Status.Code code, String reason) throws Exception {
    Node node = start();

    StatusRuntimeException refused =
        assertFails(code, reason, () -> node.open(service, Label.of(label)));

    Metadata trailers = Objects.requireNonNull(refused.getTrailers());
    assertEquals("not-executed", trailers.get(MetadataKeys.OUTCOME));
  }

  @Test
  void closeLetsCallsFinish() throws Exception {
    Node node = start();
    Session session = node.open(Greeter.SERVICE, HALL);
    CompletableFuture<String> slow = inBackground(() -> Greeter.hello(session.channel(), "wait"));
    seen();

    Node serving = Objects.requireNonNull(server);
    CompletableFuture<String> closing =
        inBackground(
            () -> {
              serving.close();
              return "closed";
            });
    Await.until(() -> session.state() == Session.State.CLOSING);
    greeter.goOn.countDown();

    assertEquals("hello, wait", slow.get(Await.PATIENCE_S, TimeUnit.SECONDS));
    closing.get(Await.PATIENCE_S, TimeUnit.SECONDS);
    Await.until(() -> session.failure() != null);
  }

  @Test
  void closedNodeOpensNothingAndItsSessionsAreOver() throws Exception {
    Node node = start();
    Session session = node.open(Greeter.SERVICE, HALL);
    Channel channel = session.channel();
    Greeter.hello(channel, "you");

    node.close();

    assertEquals(Session.State.CLOSED, session.state());
    assertFails(Status.Code.UNAVAILABLE, "", () -> Greeter.hello(channel, "late"));
    assertFails(
        Status.Code.UNAVAILABLE, "the node is closed", () -> node.open(Greeter.SERVICE, HALL));
    session.close();
  }

  private static CompletableFuture<String> inBackground(Supplier<String> work) {
    return CompletableFuture.supplyAsync(work, task -> Thread.ofVirtual().start(task));
  }

  private static StatusRuntimeException assertFails(
      Status.Code code, String reason, org.junit.jupiter.api.function.Executable action) {
    StatusRuntimeException failure = assertThrows(StatusRuntimeException.class, action);
    assertEquals(code, failure.getStatus().getCode(), failure.toString());
    assertTrue(
        String.valueOf(failure.getStatus().getDescription()).startsWith(reason),
        failure.toString());
    return failure;
  }

  // ---- configuration

  @Test
  void partsInCodeDoWithoutFilesOfConfiguration() throws Exception {
    server =
        Node.start(
            NodeConfig.server(
                folder.resolve("host-b"),
                hosts.trustBundle(),
                folder.resolve("server-state"),
                ServerConfig.of("tls://127.0.0.1:0").hosting("greeter", Greeter.SERVICE)),
            Map.of("greeter", greeter));
    client =
        Node.start(
            NodeConfig.client(
                folder.resolve("host-a"),
                hosts.trustBundle(),
                folder.resolve("client-state"),
                ClientConfig.of(
                    "app1", directory(server.addresses().getFirst()), folder.resolve("grants"))));

    try (Session session = client.open(Greeter.SERVICE, HALL)) {
      assertEquals("hello, you", Greeter.hello(session.channel(), "you"));
    }
  }

  @Test
  void fileWithoutProgramIsNoClient() throws Exception {
    Path file = clientFile("tls://127.0.0.1:1", "listeners: [{name: app1, unix: app1.sock}]");

    ConfigException failure = assertThrows(ConfigException.class, () -> Node.client(file));

    assertEquals(file + ":5:3: client: missing key 'program'", failure.getMessage());
  }

  @Test
  void fileWithoutServerIsNoServer() throws Exception {
    Path file = clientFile("tls://127.0.0.1:1", "program: app1");

    ConfigException failure =
        assertThrows(ConfigException.class, () -> Node.server(file, Map.of()));

    assertEquals(file + ":1:1: missing key 'server'", failure.getMessage());
  }

  @Test
  void servicesOfTheProgramAndBackendsOfTheFileMustFit() throws Exception {
    Path file = serverFile("{hosted: acme.Greeter}");

    ConfigException failure =
        assertThrows(ConfigException.class, () -> Node.server(file, Map.of("greter", greeter)));

    assertEquals(
        """
        %1$s:7:5: server.backends: the program hosts 'greter', but there is no such backend
        %1$s:7:14: server.backends.greeter: the program gives no service for this backend"""
            .formatted(file),
        failure.getMessage());
  }

  @Test
  void hostedServiceOfAnotherNameDoesNotStart() throws Exception {
    Path file = serverFile("{hosted: acme.Greeting}");
    String text = Files.readString(file).replace("    acme.Greeter:", "    acme.Greeting:");
    Files.writeString(file, text);

    NodeException failure =
        assertThrows(NodeException.class, () -> Node.server(file, Map.of("greeter", greeter)));

    assertEquals(
        file + ": backend 'greeter' is to host acme.Greeting, the program gives it acme.Greeter",
        failure.getMessage());
  }

  @Test
  void proxyCannotServeWhatAProgramHosts() throws Exception {
    Path file = serverFile("{hosted: acme.Greeter}");

    NodeException failure =
        assertThrows(NodeException.class, () -> Node.start(NodeConfig.read(file)));

    assertEquals(
        file + ": backend 'greeter' is hosted by a program, and this one gives no service for it",
        failure.getMessage());
  }

  @Test
  void clientWithoutProgramAndListenersIsAProblem() throws Exception {
    Path file = clientFile("tls://127.0.0.1:1", "standIns: {LOG: true}");

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertEquals(
        file + ":5:3: client: expected 'program', 'listeners' or both", failure.getMessage());
  }
}

package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.farcap.config.ConfigException;
import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.rom.v1.Version;
import dev.farcap.rom.v1.WatchRequest;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/// What a running pair takes over, and what ends a session.
final class NodeTest {
  private static final String EVERYBODY = "[{labelPrefix: \"\", backend: roms}]";
  private static final Duration SHORT = Duration.ofSeconds(6);
  private static final long PATIENCE_S = 30;

  @TempDir private Path folder;
  private TwoHosts hosts;
  private @Nullable Node server;
  private @Nullable Node client;
  private @Nullable FrontDoorChannel programs;

  @BeforeEach
  void makeRealm() throws Exception {
    hosts = new TwoHosts(folder);
  }

  private void start(String policies) throws Exception {
    Node serving = Node.start(NodeConfig.read(hosts.writeServer(policies)));
    server = serving;
    String address = Objects.requireNonNull(serving.server()).addresses().getFirst();
    client = Node.start(NodeConfig.read(hosts.writeClient(address)));
    programs = new FrontDoorChannel(hosts.socket());
  }

  private Channel asking(String module) {
    return Objects.requireNonNull(programs).asking(Label.of(module));
  }

  @AfterEach
  void stop() {
    if (programs != null) {
      programs.close();
    }
    if (client != null) {
      client.drain(Duration.ZERO);
    }
    if (server != null) {
      server.drain(Duration.ZERO);
    }
  }

  /// A Watch that stays open.
  private final class Watching implements StreamObserver<Version> {
    final CountDownLatch begun = new CountDownLatch(1);
    final CompletableFuture<Status> ended = new CompletableFuture<>();

    Watching(String module) throws InterruptedException {
      RomGrpc.newStub(asking(module)).watch(WatchRequest.getDefaultInstance(), this);
      assertTrue(
          begun.await(PATIENCE_S, TimeUnit.SECONDS), () -> "no version: " + ended.getNow(null));
    }

    @Override
    public void onNext(Version version) {
      begun.countDown();
    }

    @Override
    public void onError(Throwable failure) {
      ended.complete(Status.fromThrowable(failure));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }
  }

  @Test
  void sessionEndsWithItsGrant() throws Exception {
    hosts.grant(SHORT);
    start(EVERYBODY);

    Watching watching = new Watching("config");

    Status status = watching.ended.get(PATIENCE_S, TimeUnit.SECONDS);
    assertEquals(Status.Code.PERMISSION_DENIED, status.getCode(), status.toString());
  }

  @Test
  void newerGrantKeepsOpenSessionAlive() throws Exception {
    hosts.grant(SHORT);
    start(EVERYBODY);
    Watching kept = new Watching("config");

    hosts.grant(Duration.ofDays(1));
    Status ended =
        kept.ended.completeOnTimeout(Status.OK, 2 * SHORT.toSeconds(), TimeUnit.SECONDS).get();

    assertEquals(Status.OK, ended, "the session has ended");
  }

  @Test
  void changedPolicyEndsOnlyTheSessionsItConcerns() throws Exception {
    hosts.grant(Duration.ofDays(1));
    start(EVERYBODY);
    Watching kept = new Watching("config");
    Watching concerned = new Watching("other");

    hosts.writeServer("[{labelSuffix: \" -> config\", backend: roms}]");

    Status status = concerned.ended.get(PATIENCE_S, TimeUnit.SECONDS);
    assertEquals(Status.Code.UNAVAILABLE, status.getCode(), status.toString());
    assertFalse(kept.ended.isDone(), () -> "ended: " + kept.ended.getNow(null));
    Status denied =
        assertThrows(
                StatusRuntimeException.class,
                () ->
                    RomGrpc.newBlockingStub(asking("other"))
                        .watch(WatchRequest.getDefaultInstance())
                        .next())
            .getStatus();
    assertEquals(Status.Code.PERMISSION_DENIED, denied.getCode(), denied.toString());
  }

  @Test
  void brokenConfigurationLeavesWhatIsInForce() throws Exception {
    hosts.grant(Duration.ofDays(1));
    start(EVERYBODY);
    Watching kept = new Watching("config");

    hosts.writeServer("[{labelSuffix: \" -> config\", backend: nowhere}]");
    Node running = Objects.requireNonNull(server);
    running.reload();
    running.loops().housekeeping().submit(() -> {}).get(PATIENCE_S, TimeUnit.SECONDS);

    assertFalse(kept.ended.isDone(), () -> "ended: " + kept.ended.getNow(null));
    Watching another = new Watching("other");
    assertFalse(another.ended.isDone());
  }

  @Test
  void clientSaysWhatOfItsFileNeedsARestart() throws Exception {
    Path file = hosts.writeClient("tls://127.0.0.1:1");
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    Logger log = (Logger) LoggerFactory.getLogger(Node.class);
    said.list = new CopyOnWriteArrayList<>();
    said.start();
    client = Node.start(NodeConfig.read(file));
    log.addAppender(said);
    try {
      Files.writeString(file, "status: 4711\n", StandardOpenOption.APPEND);

      String expected = file + ": needs a restart: status port 4711";
      await(() -> said.list.stream().anyMatch(e -> e.getFormattedMessage().equals(expected)));
    } finally {
      log.detachAppender(said);
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within " + PATIENCE_S + " s");
      LockSupport.parkNanos(10_000_000);
    }
  }

  @Test
  void labelWithoutGrantIsRefusedAtOnce() throws Exception {
    hosts.grant(Label.of("app1", "config"));
    start(EVERYBODY);

    Watching allowed = new Watching("config");
    Status refused =
        assertThrows(
                StatusRuntimeException.class,
                () ->
                    RomGrpc.newBlockingStub(asking("other"))
                        .watch(WatchRequest.getDefaultInstance())
                        .next())
            .getStatus();

    assertFalse(allowed.ended.isDone());
    assertEquals(Status.Code.PERMISSION_DENIED, refused.getCode());
    assertEquals(
        "no grant for farcap.rom.v1.Rom at farcap://lab/host-b as 'app1 -> other'",
        refused.getDescription());
  }

  @Test
  void processWithoutPinnedBundleDoesNotStart() throws Exception {
    Path file = hosts.writeServer(EVERYBODY);
    String text = Files.readString(file);
    Files.writeString(
        file, text.replaceFirst("trustBundle: [0-9a-f]{64}", "trustBundle: " + "0".repeat(64)));

    NodeException failure =
        assertThrows(NodeException.class, () -> Node.start(NodeConfig.read(file)));

    assertTrue(
        String.valueOf(failure.getMessage()).contains("pins the trust bundle"),
        failure.getMessage());
  }

  @Test
  void backendThatDoesNotExistIsAProblem() throws Exception {
    Path file = hosts.writeServer("[{labelPrefix: \"\", backend: elsewhere}]");

    ConfigException failure = assertThrows(ConfigException.class, () -> NodeConfig.read(file));

    assertEquals(
        file + ":7:57: server.exports.ROM.policies[0].backend: there is no backend 'elsewhere'",
        failure.getMessage());
  }
}

package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import dev.farcap.capability.LabelPattern;
import dev.farcap.discovery.FileSet;
import dev.farcap.discovery.ReflectionClient;
import dev.farcap.node.Acme.Describes;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ErrorResponse;
import io.grpc.reflection.v1.ExtensionRequest;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.StreamObserver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What programs learn from health and reflection, and what they do not.
@SuppressWarnings("NullAway.Init") // every promise begins with start
final class DiscoveryTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String EXPORTS =
      "{ROM: roms, acme.Greeter: acme, acme.Clock: acme, acme.Admin: acme}";
  private static final Set<String> OWN =
      Set.of(
          "farcap.session.v1.Sessions",
          "farcap.signal.v1.Signals",
          "grpc.health.v1.Health",
          "grpc.reflection.v1.ServerReflection",
          "grpc.reflection.v1alpha.ServerReflection");

  @TempDir private Path folder;
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private TwoHosts hosts;
  private Acme acme;
  private Node server;
  private Node client;
  private Channel program;

  @BeforeEach
  void makeRealm() throws Exception {
    hosts = new TwoHosts(folder);
  }

  private void start(Describes describes, boolean healthy) throws Exception {
    acme = running(new Acme(0, describes, healthy));
    String backends =
        "{roms: {rom: roms}, acme: {grpc: {tcp: \"127.0.0.1:%d\"}}}".formatted(acme.port());
    server = running(Node.start(NodeConfig.read(hosts.writeServer(backends, EXPORTS))));
    String address = server.addresses().getFirst();
    client = running(Node.start(NodeConfig.read(hosts.writeClient(address))));
    program = running(new FrontDoorChannel(hosts.socket())).asking(Label.EMPTY);
    Await.until(() -> client.endpoint().links().stream().anyMatch(link -> link.isUp()));
  }

  private <T extends AutoCloseable> T running(T part) {
    running.push(part);
    return part;
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable part : running) {
      part.close();
    }
  }

  private long opened() {
    return Objects.requireNonNull(client.client()).counters().opened.sum();
  }

  // ---- reflection

  @Test
  void onlyWhatARuleAndAGrantAllowIsListed() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    hosts.grant("acme.Clock", new LabelPattern.Exact(Label.of("app1", "tower")));
    start(Describes.BY_V1, false);

    assertEquals(with(OWN, "acme.Greeter"), services(program));
    Channel tower = running(new FrontDoorChannel(hosts.socket())).asking(Label.of("tower"));
    assertEquals(with(OWN, "acme.Greeter", "acme.Clock"), services(tower));
  }

  @ParameterizedTest
  @EnumSource(
      value = Describes.class,
      names = {"BY_V1", "BY_V1ALPHA"})
  void aFileShowsWhatIsGrantedOfItAndNothingElse(Describes describes) throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(describes, false);

    FileDescriptorProto file = Objects.requireNonNull(files("acme.Greeter").file("acme.proto"));

    assertEquals(1, file.getServiceCount());
    assertEquals(
        List.of("HelloRequest", "Reply", "Problem"),
        file.getMessageTypeList().stream().map(m -> m.getName()).toList());
    assertNotNull(files("acme.Greeter.Hello").file("acme.proto"));
    assertNotNull(files("acme.Problem").file("acme.proto"));
  }

  @Test
  void deniedAndUnknownAreToldInTheSameWords() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(Describes.BY_V1, false);
    Status unknown = refusal("acme.Nothing");

    assertEquals(Status.Code.NOT_FOUND, unknown.getCode());
    for (String denied : List.of("acme.Admin", "acme.Admin.Delete", "acme.Secret", "acme.Clock")) {
      assertEquals(unknown.toString(), refusal(denied).toString());
    }
  }

  @Test
  void noQuestionFindsWhatIsDenied() throws Exception {
    hosts.grant("farcap.rom.v1.Rom", LabelPattern.ANY);
    start(Describes.BY_V1, false);
    ErrorResponse unknown = ask(question().setFileByFilename("nothing.proto"));

    assertEquals(Status.Code.NOT_FOUND.value(), unknown.getErrorCode());
    for (ServerReflectionRequest.Builder question :
        List.of(
            question().setFileByFilename("acme.proto"),
            question().setFileContainingSymbol("acme.Admin"),
            question().setAllExtensionNumbersOfType("acme.Secret"),
            question()
                .setFileContainingExtension(
                    ExtensionRequest.newBuilder()
                        .setContainingType("acme.Secret")
                        .setExtensionNumber(100)))) {
      assertEquals(unknown, ask(question), question::toString);
    }
    assertEquals(0, opened());
    assertEquals(0, acme.calls.get());
  }

  private static ServerReflectionRequest.Builder question() {
    return ServerReflectionRequest.newBuilder();
  }

  private ErrorResponse ask(ServerReflectionRequest.Builder question) throws Exception {
    CompletableFuture<ServerReflectionResponse> told = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> questions =
        ServerReflectionGrpc.newStub(program)
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse answer) {
                    told.complete(answer);
                  }

                  @Override
                  public void onError(Throwable failure) {
                    told.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    questions.onNext(question.build());
    questions.onCompleted();
    return told.get(PATIENCE.toSeconds(), TimeUnit.SECONDS).getErrorResponse();
  }

  @Test
  void servicesOfOneFileAreTwiceTheSameFile() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    hosts.grant("acme.Clock", LabelPattern.ANY);
    start(Describes.BY_V1, false);

    FileDescriptorProto one = files("acme.Greeter").file("acme.proto");
    FileDescriptorProto other = files("acme.Clock").file("acme.proto");

    assertEquals(one, other);
    assertNotNull(FileSet.of(List.of(Objects.requireNonNull(one))).defining("acme.TimeRequest"));
    assertNull(FileSet.of(List.of(one)).defining("acme.Admin"));
  }

  @Test
  void builtInServicesAreDescribedWithoutAskingTheServer() throws Exception {
    hosts.grant("farcap.rom.v1.Rom", LabelPattern.ANY);
    start(Describes.BY_V1, false);

    assertNotNull(files("farcap.rom.v1.Rom.Watch").defining("farcap.rom.v1.Rom"));
    assertNotNull(files("farcap.session.v1.Sessions").defining("farcap.session.v1.OpenReply"));
    assertEquals(Status.Code.NOT_FOUND, refusal("farcap.session.v1.Lifecycle").getCode());
    assertEquals(0, opened());
  }

  @Test
  void aServerWithoutReflectionIsSaidToHaveNone() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(Describes.NOTHING, false);

    Status status = refusal("acme.Greeter");

    assertEquals(Status.Code.UNIMPLEMENTED, status.getCode());
    assertTrue(String.valueOf(status.getDescription()).contains("no reflection"));
  }

  @Test
  void aGrantThatGoesTakesItsServiceFromSight() throws Exception {
    Path grant = hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(Describes.BY_V1, false);
    assertNotNull(files("acme.Greeter").file("acme.proto"));

    Files.delete(grant);
    client.reload().join();

    Await.until(() -> services(program).equals(OWN));
    assertEquals(Status.Code.NOT_FOUND, refusal("acme.Greeter").getCode());
  }

  // ---- health

  @Test
  void healthOfAServiceIsThatOfItsServer() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    hosts.grant("acme.Clock", LabelPattern.ANY);
    start(Describes.BY_V1, true);
    acme.health.setStatus("acme.Greeter", ServingStatus.NOT_SERVING);

    assertEquals(ServingStatus.NOT_SERVING, check("acme.Greeter"));
    assertEquals(ServingStatus.SERVING, check("acme.Clock"));

    acme.health.setStatus("", ServingStatus.NOT_SERVING);
    assertEquals(ServingStatus.NOT_SERVING, check("acme.Clock"));
  }

  @Test
  void aServerWithoutHealthServesWhileItIsReachable() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(Describes.NOTHING, false);

    assertEquals(ServingStatus.SERVING, check("acme.Greeter"));

    acme.close();
    assertEquals(ServingStatus.NOT_SERVING, check("acme.Greeter"));
  }

  @Test
  void deniedIsUnknownToHealthAndCostsNothing() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(Describes.BY_V1, true);

    Status unknown = assertThrows(StatusRuntimeException.class, () -> check("acme.No")).getStatus();
    Status denied =
        assertThrows(StatusRuntimeException.class, () -> check("acme.Admin")).getStatus();

    assertEquals(Status.Code.NOT_FOUND, unknown.getCode());
    assertEquals(unknown.toString(), denied.toString());
    assertEquals(0, opened());
    assertEquals(0, acme.calls.get());
  }

  @Test
  void aWatcherFollowsTheServerAndTheLink() throws Exception {
    hosts.grant("acme.Greeter", LabelPattern.ANY);
    start(Describes.NOTHING, true);
    acme.health.setStatus("acme.Greeter", ServingStatus.SERVING);
    BlockingQueue<ServingStatus> told = watch("acme.Greeter");
    assertEquals(ServingStatus.SERVING, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));

    acme.health.setStatus("acme.Greeter", ServingStatus.NOT_SERVING);
    assertEquals(ServingStatus.NOT_SERVING, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));

    acme.health.setStatus("acme.Greeter", ServingStatus.SERVING);
    assertEquals(ServingStatus.SERVING, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));

    server.close();
    assertEquals(ServingStatus.NOT_SERVING, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  @Test
  void aWatcherOfWhatIsDeniedLearnsWhenItIsGranted() throws Exception {
    start(Describes.NOTHING, false);
    BlockingQueue<ServingStatus> told = watch("acme.Greeter");
    assertEquals(ServingStatus.SERVICE_UNKNOWN, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    assertEquals(0, opened());

    hosts.grant("acme.Greeter", LabelPattern.ANY);

    assertEquals(ServingStatus.SERVING, told.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS));
  }

  // ---- what a program does

  private static Set<String> with(Set<String> some, String... more) {
    Set<String> all = new java.util.TreeSet<>(some);
    all.addAll(List.of(more));
    return all;
  }

  private static Set<String> services(Channel channel) throws Exception {
    return ReflectionClient.services(channel, PATIENCE).get();
  }

  private FileSet files(String symbol) throws Exception {
    return ReflectionClient.files(program, symbol, PATIENCE).get();
  }

  private Status refusal(String symbol) {
    return Status.fromThrowable(assertThrows(ExecutionException.class, () -> files(symbol)));
  }

  private ServingStatus check(String service) {
    return HealthGrpc.newBlockingStub(program)
        .withDeadlineAfter(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .check(HealthCheckRequest.newBuilder().setService(service).build())
        .getStatus();
  }

  private BlockingQueue<ServingStatus> watch(String service) {
    BlockingQueue<ServingStatus> told = new LinkedBlockingQueue<>();
    HealthGrpc.newStub(program)
        .watch(
            HealthCheckRequest.newBuilder().setService(service).build(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse says) {
                told.add(says.getStatus());
              }

              @Override
              public void onError(Throwable failure) {}

              @Override
              public void onCompleted() {}
            });
    return told;
  }
}

package dev.farcap.server;

import static dev.farcap.server.Yard.PATIENCE_S;
import static dev.farcap.server.Yard.SERVICE;
import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.MetadataKeys;
import dev.farcap.session.v1.ClosedReply;
import dev.farcap.session.v1.ClosedRequest;
import dev.farcap.session.v1.LifecycleGrpc;
import dev.farcap.session.v1.OpenedReply;
import dev.farcap.session.v1.OpenedRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.grpc.util.MutableHandlerRegistry;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakGuard.class)
@Timeout(60)
class BackDoorTest {
  private static final Metadata.Key<String> MINE =
      Metadata.Key.of("x-mine", Metadata.ASCII_STRING_MARSHALLER);
  private static final BackDoorConfig IMPATIENT =
      new BackDoorConfig(4 << 20, 16 << 10, Duration.ofMillis(300));

  private final BlockingQueue<Metadata> seen = new LinkedBlockingQueue<>();

  @TempDir Path folder;

  @Test
  void aServerLearnsTheSessionAndNothingAClientSaysUnderOurKeys() throws Exception {
    try (Yard yard = new Yard(new Backend.Grpc(target()))) {
      Server server = yard.serverAt(socket(), echo());
      Metadata forged = new Metadata();
      forged.put(MetadataKeys.LABEL, "host-b -> root");
      forged.put(MetadataKeys.PEER, "farcap://home/host-b");
      forged.put(MINE, "kept");

      assertEquals("hello", yard.say("hello", forged));

      assertSeen(seen.take());
      server.shutdownNow();
    }
  }

  @Test
  void aServiceOfThisProcessLearnsTheSame() throws Exception {
    try (Yard yard = new Yard(new Backend.InProcess(echoService(), null))) {
      Metadata forged = new Metadata();
      forged.put(MetadataKeys.LABEL, "host-b -> root");
      forged.put(MINE, "kept");

      assertEquals("hello", yard.say("hello", forged));

      assertSeen(seen.take());
    }
  }

  private static void assertSeen(Metadata headers) {
    assertEquals("host-a -> app1 -> config", headers.get(MetadataKeys.LABEL));
    assertEquals("farcap://home/host-a", headers.get(MetadataKeys.PEER));
    assertEquals("s1", headers.get(MetadataKeys.SESSION));
    assertEquals("cd".repeat(32), headers.get(MetadataKeys.GRANT));
    assertEquals("kept", headers.get(MINE));
    assertEquals(1, count(requireNonNull(headers.getAll(MetadataKeys.LABEL))));
  }

  @Test
  void aServersOwnTrailersUnderOurKeysAreDropped() throws Exception {
    try (Yard yard = new Yard(new Backend.Grpc(target()))) {
      Server server = yard.serverAt(socket(), failing());

      assertNotOurs(assertThrows(StatusRuntimeException.class, () -> say(yard)));
      server.shutdownNow();
    }
    try (Yard yard = new Yard(new Backend.InProcess(failingService(), null))) {
      assertNotOurs(assertThrows(StatusRuntimeException.class, () -> say(yard)));
    }
  }

  private static void assertNotOurs(StatusRuntimeException failure) {
    Metadata trailers = requireNonNull(failure.getTrailers());
    assertEquals(Status.Code.UNAVAILABLE, failure.getStatus().getCode());
    assertEquals("the server's own", failure.getStatus().getDescription());
    assertNull(trailers.get(MetadataKeys.OUTCOME));
    assertEquals("kept", trailers.get(MINE));
  }

  @Test
  void aMethodOutsideTheGrantIsRefused() throws Exception {
    try (Yard yard =
        new Yard(
            new Backend.InProcess(echoService(), null),
            BackDoorConfig.DEFAULT,
            method -> !method.equals("Say"))) {
      StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, () -> say(yard));

      assertEquals(Status.Code.PERMISSION_DENIED, refused.getStatus().getCode());
      assertOurs(refused, "not-executed");
      assertTrue(seen.isEmpty());
    }
  }

  @Test
  void aCallWaitsForItsServer() throws Exception {
    try (Yard yard = new Yard(new Backend.Grpc(target()))) {
      Answers answers = new Answers();
      ClientCall<String, String> call = waiting(yard, answers);
      call.sendMessage("early");
      call.halfClose();
      assertFalse(yard.backDoor.isConnected(target()));

      Server server = yard.serverAt(socket(), echo());

      assertEquals("early", answers.messages.poll(PATIENCE_S, TimeUnit.SECONDS));
      assertTrue(yard.backDoor.isConnected(target()));
      server.shutdownNow();
    }
  }

  @Test
  void aServerThatDoesNotComeUpFailsTheCallWithoutSayingWhereItIs() throws Exception {
    try (Yard yard = new Yard(new Backend.Grpc(target()), IMPATIENT, _ -> true)) {
      StatusRuntimeException failed = assertThrows(StatusRuntimeException.class, () -> say(yard));

      assertEquals(Status.Code.UNAVAILABLE, failed.getStatus().getCode());
      assertOurs(failed, "not-executed");
      assertFalse(String.valueOf(failed.getMessage()).contains(folder.toString()));
    }
  }

  @Test
  void aServerThatDiesDuringACallLeavesTheOutcomeUnknown() throws Exception {
    try (Yard yard = new Yard(new Backend.Grpc(target()))) {
      Server server = yard.serverAt(socket(), silent());
      Answers answers = new Answers();
      ClientCall<String, String> call = waiting(yard, answers);
      call.sendMessage("x");
      assertTrue(seen.poll(PATIENCE_S, TimeUnit.SECONDS) != null);

      server.shutdownNow();

      StatusRuntimeException end = answers.end();
      // A server that ends in order resets its calls; one that is killed drops the connection.
      assertTrue(
          Set.of(Status.Code.UNAVAILABLE, Status.Code.CANCELLED)
              .contains(end.getStatus().getCode()),
          end::toString);
      assertOurs(end, "unknown");
      assertFalse(String.valueOf(end.getMessage()).contains(folder.toString()));
    }
  }

  @Test
  void aStalledCallDoesNotStallTheOthers() throws Exception {
    try (Yard yard = new Yard(new Backend.Grpc(target()))) {
      Server server = yard.serverAt(socket(), flooding());
      ClientCall<String, String> stalled = waiting(yard, new Answers(), "Flood", 0);
      stalled.sendMessage("go");
      await(() -> flooded.get() > 1 << 20);

      assertEquals("hello", yard.say("hello", new Metadata()));

      stalled.cancel("enough", null);
      server.shutdownNow();
    }
  }

  private final AtomicLong flooded = new AtomicLong();

  private MutableHandlerRegistry flooding() {
    String block = "x".repeat(32 << 10);
    ServerServiceDefinition service =
        ServerServiceDefinition.builder(SERVICE)
            .addMethod(Yard.method("Say", MethodType.UNARY), this::answer)
            .addMethod(
                Yard.method("Flood", MethodType.BIDI_STREAMING),
                (call, _) -> {
                  call.sendHeaders(new Metadata());
                  return new ServerCall.Listener<>() {
                    @Override
                    public void onReady() {
                      while (call.isReady()) {
                        call.sendMessage(block);
                        flooded.addAndGet(block.length());
                      }
                      // What the socket does not take waits in the server until the window is full.
                      for (int i = 0; i < 64 && flooded.get() <= 2 << 20; i++) {
                        call.sendMessage(block);
                        flooded.addAndGet(block.length());
                      }
                    }
                  };
                })
            .build();
    return registry(service);
  }

  @Test
  void aServerThatWantsToKnowLearnsOfItsSessions() throws Exception {
    BlockingQueue<String> notes = new LinkedBlockingQueue<>();
    MutableHandlerRegistry methods = echo();
    methods.addService(
        new LifecycleGrpc.LifecycleImplBase() {
          @Override
          public void opened(OpenedRequest request, StreamObserver<OpenedReply> reply) {
            notes.add("opened " + request.getService());
            reply.onNext(OpenedReply.getDefaultInstance());
            reply.onCompleted();
          }

          @Override
          public void closed(ClosedRequest request, StreamObserver<ClosedReply> reply) {
            notes.add("closed " + request.getService() + ": " + request.getReason());
            reply.onNext(ClosedReply.getDefaultInstance());
            reply.onCompleted();
          }
        });

    try (Yard yard = new Yard(new Backend.Grpc(target()))) {
      Server server = yard.serverAt(socket(), methods);
      assertEquals("opened test.Echo", notes.poll(PATIENCE_S, TimeUnit.SECONDS));

      yard.loop.submit(() -> yard.host.closed("peer is gone")).sync();

      assertEquals("closed test.Echo: peer is gone", notes.poll(PATIENCE_S, TimeUnit.SECONDS));
      server.shutdownNow();
    }
  }

  @Test
  void plaintextStaysOnThisHost() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Target.Loopback(new InetSocketAddress("192.0.2.1", 80)));

    assertTrue(String.valueOf(refused.getMessage()).contains("loopback"));
  }

  private Path socket() {
    return folder.resolve("server");
  }

  private Target target() {
    return new Target.Unix(socket());
  }

  private static String say(Yard yard) {
    return yard.say("x", new Metadata());
  }

  private MutableHandlerRegistry echo() {
    return registry(echoService());
  }

  private ServerServiceDefinition echoService() {
    MethodDescriptor<String, String> say = Yard.method("Say", MethodType.UNARY);
    MethodDescriptor<String, String> talk = Yard.method("Talk", MethodType.BIDI_STREAMING);
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(say, this::answer)
        .addMethod(talk, this::answer)
        .build();
  }

  private ServerCall.Listener<String> answer(ServerCall<String, String> call, Metadata headers) {
    seen.add(headers);
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(String message) {
        call.sendHeaders(new Metadata());
        call.sendMessage(message);
        call.close(Status.OK, new Metadata());
      }
    };
  }

  private MutableHandlerRegistry failing() {
    return registry(failingService());
  }

  private static ServerServiceDefinition failingService() {
    return ServerServiceDefinition.builder(SERVICE)
        .addMethod(
            Yard.method("Say", MethodType.UNARY),
            (call, _) -> {
              Metadata trailers = new Metadata();
              trailers.put(MetadataKeys.OUTCOME, "not-executed");
              trailers.put(MINE, "kept");
              call.close(Status.UNAVAILABLE.withDescription("the server's own"), trailers);
              return new ServerCall.Listener<>() {};
            })
        .build();
  }

  private MutableHandlerRegistry silent() {
    return registry(
        ServerServiceDefinition.builder(SERVICE)
            .addMethod(
                Yard.method("Talk", MethodType.BIDI_STREAMING),
                (call, headers) -> {
                  seen.add(headers);
                  call.request(1);
                  return new ServerCall.Listener<>() {};
                })
            .build());
  }

  private static MutableHandlerRegistry registry(ServerServiceDefinition service) {
    MutableHandlerRegistry registry = new MutableHandlerRegistry();
    registry.addService(service);
    return registry;
  }

  private static ClientCall<String, String> waiting(Yard yard, Answers answers) {
    return waiting(yard, answers, "Talk", 1);
  }

  private static ClientCall<String, String> waiting(
      Yard yard, Answers answers, String method, int requests) {
    ClientCall<String, String> call =
        yard.caller.newCall(Yard.method(method, MethodType.BIDI_STREAMING), CallOptions.DEFAULT);
    call.start(answers, new Metadata());
    if (requests > 0) {
      call.request(requests);
    }
    return call;
  }

  private static final class Answers extends ClientCall.Listener<String> {
    private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    private final BlockingQueue<StatusRuntimeException> ends = new LinkedBlockingQueue<>();

    @Override
    public void onMessage(String message) {
      messages.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      ends.add(status.asRuntimeException(trailers));
    }

    StatusRuntimeException end() throws InterruptedException {
      StatusRuntimeException end = ends.poll(PATIENCE_S, TimeUnit.SECONDS);
      if (end == null) {
        throw new AssertionError("call did not end in " + PATIENCE_S + " s");
      }
      return end;
    }
  }

  private static void assertOurs(StatusRuntimeException failure, String outcome) {
    Metadata trailers = requireNonNull(failure.getTrailers());
    assertEquals("server-proxy", trailers.get(MetadataKeys.ORIGIN));
    assertEquals(outcome, trailers.get(MetadataKeys.OUTCOME));
  }

  private static int count(Iterable<?> values) {
    int count = 0;
    for (Object _ : values) {
      count++;
    }
    return count;
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    CountDownLatch pause = new CountDownLatch(1);
    for (int i = 0; i < 100 * PATIENCE_S; i++) {
      if (condition.getAsBoolean()) {
        return;
      }
      assertFalse(pause.await(10, TimeUnit.MILLISECONDS));
    }
    throw new AssertionError("condition not met in " + PATIENCE_S + " s");
  }
}

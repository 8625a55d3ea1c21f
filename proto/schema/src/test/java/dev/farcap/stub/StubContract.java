package dev.farcap.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Empty;
import dev.farcap.session.Failure;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionException;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalPort;
import dev.farcap.stubs.lamp.FindReply;
import dev.farcap.stubs.lamp.FindRequest;
import dev.farcap.stubs.lamp.LampGrpc;
import dev.farcap.stubs.lamp.LampSession;
import dev.farcap.stubs.lamp.LampSession.SceneException;
import dev.farcap.stubs.lamp.Light;
import dev.farcap.stubs.lamp.SceneError;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What the generated halves do with each other, over whatever carries gRPC.
abstract class StubContract {
  private static final long PATIENCE_S = 30;

  /// Far more than wait between a writer and a reader, whatever is in between.
  private static final int ENDLESS = 10_000_000;

  private static final int IN_BETWEEN_MAX = 200_000;

  private final HouseLamp lamp = new HouseLamp();
  private Server server;
  private LampSession.Client client;

  abstract Server serve(ServerServiceDefinition service) throws Exception;

  abstract Channel connect() throws Exception;

  abstract void disconnect() throws Exception;

  @BeforeEach
  void start() throws Exception {
    server = serve(LampSession.server(lamp, NoSignals.INSTANCE));
    client = LampSession.client(connect());
  }

  @AfterEach
  void stop() throws Exception {
    disconnect();
    server.shutdownNow().awaitTermination(PATIENCE_S, TimeUnit.SECONDS);
  }

  /// These tests are about calls.
  enum NoSignals implements SignalPort {
    INSTANCE;

    @Override
    public SignalContext create(SessionRequest passedTo, LongConsumer handler) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SignalTransmitter transmitter(ObjectRef context) {
      throw new UnsupportedOperationException();
    }
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(PATIENCE_S, TimeUnit.SECONDS), "it did not happen");
  }

  // ---- one request, one reply

  @Test
  void parametersAndResultAreFields() {
    assertEquals(0, client.set(5, Optional.of(1)));
    assertEquals(6, client.set(8, Optional.empty()));

    client.reset();

    assertEquals(0, client.set(1, Optional.empty()));
  }

  @Test
  void valueOrFailureIsResultOrException() throws Exception {
    assertEquals(7, client.find("evening").getLightsOrThrow("door").getLevel());
    client.remove("evening");

    SceneException failure = assertThrows(SceneException.class, () -> client.find("noon"));

    assertEquals(SceneError.Reason.LOCKED, failure.error().getReason());
    assertEquals("no 'noon'", failure.error().getDetail());
    assertThrows(SceneException.class, () -> client.remove("noon"));
  }

  @Test
  void deadlineEndsBothHalves() throws Exception {
    StatusRuntimeException failure =
        assertThrows(
            StatusRuntimeException.class,
            () -> client.within(Duration.ofMillis(200)).set(HouseLamp.STUCK, Optional.empty()));

    assertEquals(Status.Code.DEADLINE_EXCEEDED, failure.getStatus().getCode());
    await(lamp.interrupted);
  }

  @Test
  void cancelledContextEndsBothHalves() throws Exception {
    Context.CancellableContext context = Context.current().withCancellation();
    CompletableFuture<Integer> call =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return context.call(() -> client.set(HouseLamp.STUCK, Optional.empty()));
              } catch (Exception e) {
                throw (RuntimeException) e;
              }
            });

    context.cancel(null);

    Exception failure = assertThrows(Exception.class, () -> call.get(PATIENCE_S, TimeUnit.SECONDS));
    assertEquals(Status.Code.CANCELLED, Status.fromThrowable(failure).getCode());
  }

  @Test
  void interruptEndsBothHalves() throws Exception {
    CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
    Thread caller =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (SessionStream<Light> stuck = client.watch(HouseLamp.STUCK)) {
                    stuck.next();
                    Thread.currentThread().interrupt();
                    boolean _ = stuck.hasNext();
                  } catch (StatusRuntimeException e) {
                    interrupted.complete(
                        Thread.interrupted() && e.getStatus().getCode() == Status.Code.CANCELLED);
                  }
                });

    assertTrue(interrupted.get(PATIENCE_S, TimeUnit.SECONDS));
    caller.join();
    await(lamp.closed);
  }

  // ---- failures

  @ParameterizedTest
  @EnumSource
  void failureOfTheLinkIsTyped(Failure.Kind kind) {
    lamp.trouble = Failure.notExecuted(kind, "away").exception("link");

    SessionException failure =
        assertThrows(SessionException.class, () -> client.set(1, Optional.empty()));

    assertEquals(typed(kind), failure.getClass());
    assertEquals("link", failure.origin());
    assertEquals(Failure.Outcome.NOT_EXECUTED, failure.outcome());
    assertEquals("away", failure.getStatus().getDescription());
  }

  private static Class<? extends SessionException> typed(Failure.Kind kind) {
    return switch (kind) {
      case REFUSED -> SessionException.Refused.class;
      case OVERLOADED -> SessionException.Overloaded.class;
      case DISCONNECTED -> SessionException.Disconnected.class;
      case UNIMPLEMENTED -> SessionException.Unimplemented.class;
      case FAILED -> SessionException.Failed.class;
    };
  }

  @Test
  void serverThatIsAwayMayHaveExecutedIt() throws Exception {
    client.reset();
    server.shutdownNow().awaitTermination(PATIENCE_S, TimeUnit.SECONDS);

    SessionException.Disconnected failure =
        assertThrows(SessionException.Disconnected.class, () -> client.set(1, Optional.empty()));

    assertFalse(failure.isSafeToRepeat());
    assertEquals(null, failure.origin());
  }

  @Test
  void otherStatusStaysAStatus() {
    lamp.trouble = Status.NOT_FOUND.withDescription("no bulb").asRuntimeException();

    StatusRuntimeException failure =
        assertThrows(StatusRuntimeException.class, () -> client.set(1, Optional.empty()));

    assertEquals(StatusRuntimeException.class, failure.getClass());
    assertEquals(Status.Code.NOT_FOUND, failure.getStatus().getCode());
    assertEquals("no bulb", failure.getStatus().getDescription());
  }

  @Test
  void mistakeInsideTheServerIsToldToNobody() {
    lamp.trouble = new IllegalStateException("the password is 1234");

    StatusRuntimeException failure =
        assertThrows(StatusRuntimeException.class, () -> client.set(1, Optional.empty()));

    assertEquals(Status.Code.UNKNOWN, failure.getStatus().getCode());
    assertFalse(String.valueOf(failure.getMessage()).contains("password"), failure.getMessage());
  }

  @Test
  void replyThatIsNeitherValueNorErrorIsAFailure() throws Exception {
    stop();
    server =
        serve(
            new LampGrpc.LampImplBase() {
              @Override
              public void find(FindRequest request, StreamObserver<FindReply> reply) {
                reply.onNext(FindReply.getDefaultInstance());
                reply.onCompleted();
              }
            }.bindService());
    client = LampSession.client(connect());

    assertThrows(SessionException.Failed.class, () -> client.find("evening"));
    assertThrows(SessionException.Unimplemented.class, () -> client.reset());
  }

  @Test
  void plainStubsSpeakWithTypedHalves() throws Exception {
    LampGrpc.LampBlockingStub plain = LampGrpc.newBlockingStub(connect());

    Empty reset = plain.reset(Empty.getDefaultInstance());

    assertEquals(Empty.getDefaultInstance(), reset);
    assertEquals(
        "no 'noon'",
        plain.find(FindRequest.newBuilder().setName("noon").build()).getError().getDetail());
  }

  // ---- streams

  @Test
  void streamIsReadInOrderToItsEnd() throws Exception {
    List<Integer> levels = new ArrayList<>();

    try (SessionStream<Light> lights = client.watch(1_000)) {
      lights.forEachRemaining(light -> levels.add(light.getLevel()));
    }

    assertEquals(1_000, levels.size());
    assertEquals(999, levels.getLast());
    await(lamp.closed);
  }

  @Test
  void slowReaderSlowsTheWriterDown() {
    try (SessionStream<Light> lights = client.watch(ENDLESS)) {
      lights.next();
      Until.holds(
          () -> {
            Thread teller = lamp.teller;
            return teller != null && teller.getState() == Thread.State.WAITING;
          },
          "the writer waits");

      assertTrue(lamp.told.get() < IN_BETWEEN_MAX, () -> "told " + lamp.told);
      int before = lamp.told.get();
      for (int i = 0; i < before; i++) {
        assertEquals(i + 1, lights.next().getLevel());
      }
      Until.holds(() -> lamp.told.get() > before, "the writer goes on");
    }
  }

  @Test
  void closedStreamInterruptsTheWriter() throws Exception {
    SessionStream<Light> lights = client.watch(HouseLamp.STUCK);
    lights.next();

    lights.close();

    assertFalse(lights.hasNext());
    await(lamp.interrupted);
    await(lamp.closed);
  }

  @Test
  void streamMayBeClosedByAnotherThread() throws Exception {
    SessionStream<Light> lights = client.watch(HouseLamp.STUCK);
    lights.next();
    CompletableFuture<Boolean> more = new CompletableFuture<>();
    Thread reader = Thread.ofVirtual().start(() -> more.complete(lights.hasNext()));
    Until.holds(() -> reader.getState() == Thread.State.WAITING, "the reader waits");

    lights.close();

    assertFalse(more.get(PATIENCE_S, TimeUnit.SECONDS));
  }

  @Test
  void statusOfAStreamFollowsItsMessages() throws Exception {
    SessionStream<Light> lights = client.within(Duration.ofMillis(300)).watch(HouseLamp.STUCK);

    assertEquals(0, lights.next().getLevel());
    StatusRuntimeException failure = assertThrows(StatusRuntimeException.class, lights::hasNext);

    assertEquals(Status.Code.DEADLINE_EXCEEDED, failure.getStatus().getCode());
    await(lamp.interrupted);
  }

  @Test
  void requestsAreStreamed() {
    assertEquals(1_000, client.play(HouseLamp.lights(1_000)));
  }

  @Test
  void serverThatWantsNoMoreEndsTheRequests() {
    lamp.playsOne = true;
    AtomicInteger taken = new AtomicInteger();

    long played =
        client.play(
            new Iterator<>() {
              @Override
              public boolean hasNext() {
                return taken.get() < ENDLESS;
              }

              @Override
              public Light next() {
                return HouseLamp.light(taken.incrementAndGet());
              }
            });

    assertEquals(1, played);
    assertTrue(taken.get() < ENDLESS);
  }

  @Test
  void bothWaysAtTheSameTime() {
    int count = 0;

    try (SessionStream<Light> dimmed = client.dim(HouseLamp.lights(5_000))) {
      for (; dimmed.hasNext(); count++) {
        assertEquals(count / 2, dimmed.next().getLevel());
      }
    }

    assertEquals(5_000, count);
  }

  @Test
  void requestsThatCannotBeMadeEndTheCall() {
    AtomicBoolean first = new AtomicBoolean(true);
    Iterator<Light> broken =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return true;
          }

          @Override
          public Light next() {
            if (first.getAndSet(false)) {
              return HouseLamp.light(2);
            }
            throw new IllegalArgumentException("out of bulbs");
          }
        };

    assertThrows(IllegalArgumentException.class, () -> client.play(broken));
    first.set(true);
    try (SessionStream<Light> dimmed = client.dim(broken)) {
      StatusRuntimeException failure =
          assertThrows(StatusRuntimeException.class, () -> dimmed.forEachRemaining(_ -> {}));
      assertEquals(Status.Code.CANCELLED, failure.getStatus().getCode());
      assertInstanceOf(IllegalArgumentException.class, failure.getCause());
    }
  }
}

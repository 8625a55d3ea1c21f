package dev.farcap.link;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.link.RelayRig.Answer;
import dev.farcap.link.RelayRig.Exchange;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a call keeps when it passes a relay, for every kind of call.
@ExtendWith(LeakGuard.class)
@Timeout(60)
class RelayTest {
  private static final Metadata.Key<String> TEXT = ascii("x-text");
  private static final Metadata.Key<byte[]> BINARY = binary("x-data-bin");
  private static final Metadata.Key<byte[]> DETAILS = binary("grpc-status-details-bin");
  private static final byte[] HELLO = "hello".getBytes(UTF_8);
  private static final byte[] NOISE = {0, 1, (byte) 0xff, (byte) 0x80, 10, 13};
  private static final int LIMIT = 4 << 20;
  private static final int POLLS_PER_S = 50;

  private long sentBytes;

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void messagesAndMetadataPassUnchanged(MethodType type) throws Exception {
    CompletableFuture<Metadata> seen = new CompletableFuture<>();
    ServerCallHandler<byte[], byte[]> server =
        (call, headers) -> {
          seen.complete(headers);
          return new Answer(call) {
            @Override
            void answer() {
              call.sendHeaders(marked());
              for (int i = 0; i < replies(type); i++) {
                call.sendMessage(new byte[] {(byte) requests, (byte) i});
              }
              call.close(Status.OK, marked());
            }
          };
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(marked()).send(HELLO, requests(type));

      assertTrue(exchange.status().isOk());
      assertMarked(seen.get());
      assertMarked(exchange.headers.get());
      assertMarked(exchange.trailers());
      assertEquals(replies(type), exchange.replies.size());
      for (byte i = 0; i < replies(type); i++) {
        assertArrayEquals(new byte[] {(byte) requests(type), i}, exchange.replies.take());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void anErrorKeepsItsStatusDescriptionAndDetails(MethodType type) throws Exception {
    ServerCallHandler<byte[], byte[]> server =
        answering(
            call -> {
              call.sendHeaders(marked());
              call.close(failure(), details());
            });

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(HELLO, requests(type));

      assertFailure(exchange);
      assertMarked(exchange.headers.get());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void trailersOnlyStaysTrailersOnly(MethodType type) throws Exception {
    try (RelayRig rig = new RelayRig(answering(call -> call.close(failure(), details())))) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(HELLO, requests(type));

      assertFailure(exchange);
      assertFalse(exchange.headers.isDone());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void theDeadlineReachesTheServerAndEndsTheCall(MethodType type) throws Exception {
    CompletableFuture<Long> remainingMs = new CompletableFuture<>();
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    ServerCallHandler<byte[], byte[]> server =
        (call, _) -> {
          var deadline = Context.current().getDeadline();
          assertNotNull(deadline);
          remainingMs.complete(deadline.timeRemaining(TimeUnit.MILLISECONDS));
          return silent(call, cancelled);
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT.withDeadlineAfter(1, TimeUnit.SECONDS))
              .start(new Metadata())
              .send(HELLO, requests(type));

      assertEquals(Status.Code.DEADLINE_EXCEEDED, exchange.status().getCode());
      cancelled.get(RelayRig.PATIENCE_S, TimeUnit.SECONDS);
      assertTrue(remainingMs.get() <= 1_000, "deadline grew to " + remainingMs.get());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aCallerThatCancelsCancelsTheServer(MethodType type) throws Exception {
    CompletableFuture<Void> started = new CompletableFuture<>();
    CompletableFuture<Void> cancelled = new CompletableFuture<>();
    ServerCallHandler<byte[], byte[]> server =
        (call, _) -> {
          started.complete(null);
          return silent(call, cancelled);
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(HELLO, requests(type));
      started.get(RelayRig.PATIENCE_S, TimeUnit.SECONDS);
      exchange.call.cancel("enough", null);

      cancelled.get(RelayRig.PATIENCE_S, TimeUnit.SECONDS);
      assertEquals(Status.Code.CANCELLED, exchange.status().getCode());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aServerThatCancelsEndsTheCallEarly(MethodType type) throws Exception {
    Status enough = Status.CANCELLED.withDescription("server has enough");
    ServerCallHandler<byte[], byte[]> server =
        (call, _) -> {
          call.close(enough, marked());
          return new ServerCall.Listener<>() {};
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(HELLO, requests(type));

      assertEquals(Status.Code.CANCELLED, exchange.status().getCode());
      assertEquals("server has enough", exchange.status().getDescription());
      assertMarked(exchange.trailers());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void compressionIsRepeatedOnEveryLeg(MethodType type) throws Exception {
    CompletableFuture<String> encoding = new CompletableFuture<>();
    byte[] long1 = new byte[100_000];
    ServerCallHandler<byte[], byte[]> server =
        (call, headers) -> {
          encoding.complete(String.valueOf(headers.get(Relay.ENCODING)));
          call.setCompression("gzip");
          return new Answer(call) {
            @Override
            void answer() {
              call.sendHeaders(new Metadata());
              call.sendMessage(long1);
              call.close(Status.OK, new Metadata());
            }
          };
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT.withCompression("gzip"))
              .start(new Metadata())
              .send(long1, requests(type));

      assertTrue(exchange.status().isOk(), exchange.status()::toString);
      assertEquals("gzip", encoding.get());
      assertEquals("gzip", exchange.headers.get().get(Relay.ENCODING));
      assertArrayEquals(long1, exchange.replies.take());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aMessageOfTheLimitPasses(MethodType type) throws Exception {
    byte[] large = new byte[LIMIT];
    new Random(1).nextBytes(large);

    try (RelayRig rig = new RelayRig(replying(large))) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(large, requests(type));

      assertTrue(exchange.status().isOk(), exchange.status()::toString);
      assertArrayEquals(large, exchange.replies.take());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aRequestOverTheLimitIsRefused(MethodType type) throws Exception {
    try (RelayRig rig = new RelayRig(replying(HELLO))) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(new byte[LIMIT + 1], 1);

      assertEquals(Status.Code.RESOURCE_EXHAUSTED, exchange.status().getCode());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aReplyOverTheLimitIsRefused(MethodType type) throws Exception {
    try (RelayRig rig = new RelayRig(replying(new byte[LIMIT + 1]))) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT).start(new Metadata()).send(HELLO, requests(type));

      assertEquals(Status.Code.RESOURCE_EXHAUSTED, exchange.status().getCode());
    }
  }

  @ParameterizedTest
  @EnumSource(names = "UNKNOWN", mode = EnumSource.Mode.EXCLUDE)
  void aCompressedRequestThatGrowsOverTheLimitIsRefused(MethodType type) throws Exception {
    try (RelayRig rig = new RelayRig(replying(HELLO))) {
      Exchange exchange =
          rig.call(type, CallOptions.DEFAULT.withCompression("gzip"))
              .start(new Metadata())
              .send(new byte[LIMIT + 1], 1);

      assertEquals(Status.Code.RESOURCE_EXHAUSTED, exchange.status().getCode());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"SERVER_STREAMING", "BIDI_STREAMING"})
  void aSlowProgramSlowsTheServer(MethodType type) throws Exception {
    AtomicLong sentBytes = new AtomicLong();
    byte[] block = new byte[32 << 10];
    CompletableFuture<Void> stopped = new CompletableFuture<>();
    ServerCallHandler<byte[], byte[]> server =
        (call, _) -> {
          call.request(10);
          call.sendHeaders(new Metadata());
          return new ServerCall.Listener<>() {
            @Override
            public void onReady() {
              while (call.isReady() && sentBytes.get() < 64 << 20) {
                call.sendMessage(block);
                sentBytes.addAndGet(block.length);
              }
              stopped.complete(null);
            }
          };
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange = rig.call(type, CallOptions.DEFAULT);
      exchange.reading = false;
      exchange.start(new Metadata()).send(HELLO, requests(type));
      long stalledAt = settled(sentBytes::get);

      assertTrue(stalledAt < 8 << 20, "server was let send " + stalledAt);

      exchange.call.request(Integer.MAX_VALUE);
      await(() -> sentBytes.get() > stalledAt);
      exchange.call.cancel("seen enough", null);
      exchange.status();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"CLIENT_STREAMING", "BIDI_STREAMING"})
  void aSlowServerSlowsTheProgram(MethodType type) throws Exception {
    byte[] block = new byte[32 << 10];
    CompletableFuture<ServerCall<byte[], byte[]>> backend = new CompletableFuture<>();
    ServerCallHandler<byte[], byte[]> server =
        (call, _) -> {
          backend.complete(call);
          return new ServerCall.Listener<>() {};
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange = rig.call(type, CallOptions.DEFAULT).start(new Metadata());
      long stalledAt =
          settled(
              () -> {
                while (exchange.call.isReady() && sentBytes < 64 << 20) {
                  exchange.call.sendMessage(block);
                  sentBytes += block.length;
                }
                return sentBytes;
              });

      assertTrue(stalledAt < 8 << 20, "program was let send " + stalledAt);

      backend.get().request(Integer.MAX_VALUE);
      await(exchange.call::isReady);
      exchange.call.cancel("seen enough", null);
      exchange.status();
    }
  }

  @Test
  void aReplyNobodyReadsWaits() throws Exception {
    try (RelayRig rig = new RelayRig(replying(HELLO))) {
      Exchange exchange = rig.call(MethodType.UNARY, CallOptions.DEFAULT);
      exchange.reading = false;
      exchange.start(new Metadata()).send(HELLO, 1);
      exchange.headers.get(RelayRig.PATIENCE_S, TimeUnit.SECONDS);

      assertFalse(exchange.status.isDone());
      assertNull(exchange.replies.poll());

      exchange.call.request(1);
      assertTrue(exchange.status().isOk());
      assertArrayEquals(HELLO, exchange.replies.take());
    }
  }

  @Test
  void aServerThatGoesAwayEndsItsCallsUnavailable() throws Exception {
    CompletableFuture<Void> started = new CompletableFuture<>();
    ServerCallHandler<byte[], byte[]> server =
        (call, _) -> {
          call.sendHeaders(new Metadata());
          started.complete(null);
          return new ServerCall.Listener<>() {};
        };

    try (RelayRig rig = new RelayRig(server)) {
      Exchange exchange =
          rig.call(MethodType.BIDI_STREAMING, CallOptions.DEFAULT).start(new Metadata());
      started.get(RelayRig.PATIENCE_S, TimeUnit.SECONDS);
      rig.stopServer();

      assertTrue(
          List.of(Status.Code.UNAVAILABLE, Status.Code.CANCELLED)
              .contains(exchange.status().getCode()),
          exchange.status()::toString);
    }
  }

  private interface Ending {
    void end(ServerCall<byte[], byte[]> call);
  }

  private static ServerCallHandler<byte[], byte[]> answering(Ending ending) {
    return (call, _) ->
        new Answer(call) {
          @Override
          void answer() {
            ending.end(call);
          }
        };
  }

  private static ServerCallHandler<byte[], byte[]> replying(byte[] reply) {
    return answering(
        call -> {
          call.sendHeaders(new Metadata());
          call.sendMessage(reply);
          call.close(Status.OK, new Metadata());
        });
  }

  private static ServerCall.Listener<byte[]> silent(
      ServerCall<byte[], byte[]> call, CompletableFuture<Void> cancelled) {
    call.request(10);
    return new ServerCall.Listener<>() {
      @Override
      public void onCancel() {
        cancelled.complete(null);
      }
    };
  }

  private static int requests(MethodType type) {
    return type.clientSendsOneMessage() ? 1 : 3;
  }

  private static int replies(MethodType type) {
    return type.serverSendsOneMessage() ? 1 : 3;
  }

  private static Metadata marked() {
    Metadata metadata = new Metadata();
    metadata.put(TEXT, "one");
    metadata.put(BINARY, NOISE);
    metadata.put(TEXT, "two, three");
    metadata.put(BINARY, new byte[0]);
    return metadata;
  }

  private static void assertMarked(Metadata metadata) {
    assertEquals(List.of("one", "two, three"), all(metadata, TEXT));
    List<byte[]> binary = all(metadata, BINARY);
    assertEquals(2, binary.size());
    assertArrayEquals(NOISE, binary.getFirst());
    assertArrayEquals(new byte[0], binary.getLast());
  }

  private static Status failure() {
    return Status.FAILED_PRECONDITION.withDescription("Käse 100% \n 漢字");
  }

  private static Metadata details() {
    Metadata metadata = marked();
    metadata.put(DETAILS, NOISE);
    return metadata;
  }

  private static void assertFailure(Exchange exchange) throws Exception {
    assertEquals(Status.Code.FAILED_PRECONDITION, exchange.status().getCode());
    assertEquals(failure().getDescription(), exchange.status().getDescription());
    assertMarked(exchange.trailers());
    assertTrue(Arrays.equals(NOISE, exchange.trailers().get(DETAILS)));
    assertTrue(exchange.replies.isEmpty());
  }

  private static <T> List<T> all(Metadata metadata, Metadata.Key<T> key) {
    Iterable<T> values = metadata.getAll(key);
    return values == null ? List.of() : StreamSupport.stream(values.spliterator(), false).toList();
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }

  /// The value once it has stood still for half a second.
  private static long settled(LongSupplier value) throws InterruptedException {
    long[] last = {0, 0};
    await(
        () -> {
          long now = value.getAsLong();
          last[1] = now == last[0] ? last[1] + 1 : 0;
          last[0] = now;
          return now > 0 && last[1] >= POLLS_PER_S / 2;
        });
    return last[0];
  }

  private interface Condition {
    boolean holds();
  }

  private static void await(Condition condition) throws InterruptedException {
    CountDownLatch pause = new CountDownLatch(1);
    for (int i = 0; i < POLLS_PER_S * RelayRig.PATIENCE_S; i++) {
      if (condition.holds()) {
        return;
      }
      assertFalse(pause.await(1_000 / POLLS_PER_S, TimeUnit.MILLISECONDS));
    }
    throw new AssertionError("condition not met in " + RelayRig.PATIENCE_S + " s");
  }
}

package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a program no longer wants ends at the server: every time, and as soon as it can.
///
/// `farcap.proof.long`: as many are timed as arrive.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class CancellationProofTest {
  private static final byte[] HELLO = {1};
  private static final int ALL = 10_000;
  private static final int AT_ONCE = 500;
  private static final int TIMED = Boolean.getBoolean("farcap.proof.long") ? ALL : 2_000;
  private static final Duration SLACK = Duration.ofMillis(5);

  @AutoClose private Stage stage;

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    stage = Stage.set(folder);
  }

  private Exchange begin() {
    return Exchange.start(
            stage
                .program()
                .channel()
                .newCall(Kinds.method(MethodType.BIDI_STREAMING), CallOptions.DEFAULT),
            new Metadata())
        .send(HELLO, 1);
  }

  @Test
  void allOfTenThousandCancellationsArrive() throws Exception {
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger cancelled = new AtomicInteger();
    stage.backend().serve((call, headers) -> new Counted(call, headers, begun, cancelled));

    for (int before = 0; before < ALL; before += AT_ONCE) {
      int now = before + AT_ONCE;
      List<Exchange> exchanges = new ArrayList<>();
      for (int i = 0; i < AT_ONCE; i++) {
        exchanges.add(begin());
      }
      Until.holds(() -> begun + " of " + now + " begun", Until.PATIENCE, () -> begun.get() == now);

      exchanges.forEach(exchange -> exchange.call.cancel("enough", null));

      Until.holds(
          () -> cancelled + " of " + now + " cancelled",
          Until.PATIENCE,
          () -> cancelled.get() == now);
      for (Exchange exchange : exchanges) {
        assertEquals(Status.Code.CANCELLED, exchange.status().getCode());
      }
    }
    assertEquals(ALL, cancelled.get());
  }

  private static final class Counted extends Served {
    private final AtomicInteger cancellations;

    Counted(
        ServerCall<byte[], byte[]> call,
        Metadata headers,
        AtomicInteger begun,
        AtomicInteger cancelled) {
      super(call, headers, 1);
      cancellations = cancelled;
      begun.incrementAndGet();
    }

    @Override
    public void onCancel() {
      cancellations.incrementAndGet();
    }
  }

  /// A cancellation goes one way, an echo both; they take turns, so that whatever else the machine
  /// does meets both alike. One at a time: a stall of the machine spoils one sample, not all that
  /// wait behind it.
  @Test
  void aCancellationArrivesWithinARoundTrip() throws Exception {
    BlockingQueue<Stamped> calls = new LinkedBlockingQueue<>();
    stage
        .backend()
        .serve(
            (call, headers) -> {
              Stamped stamped = new Stamped(call, headers);
              calls.add(stamped);
              return stamped;
            });
    long[] cancellations = new long[TIMED];
    long[] roundTrips = new long[TIMED];
    for (int i = -TIMED / 4; i < TIMED; i++) {
      Exchange exchange = begin();
      Stamped served = Until.taken(calls);
      long cancelled = System.nanoTime();
      exchange.call.cancel("enough", null);
      long arrived = Served.await(served.at);
      long asked = System.nanoTime();
      Exchange echo = stage.program().echo(HELLO);
      assertTrue(echo.status().isOk(), echo.status()::toString);
      if (i >= 0) {
        cancellations[i] = arrived - cancelled;
        roundTrips[i] = System.nanoTime() - asked;
      }
    }

    Percentiles cancellation = Percentiles.of(cancellations);
    Percentiles roundTrip = Percentiles.of(roundTrips);
    System.out.printf("cancellation %s, round trip %s%n", cancellation, roundTrip);
    assertTrue(
        cancellation.p99 <= roundTrip.p99 + SLACK.toNanos(),
        () -> "cancellation " + cancellation + ", round trip " + roundTrip);
  }

  private static final class Stamped extends Served {
    final CompletableFuture<Long> at = new CompletableFuture<>();

    Stamped(ServerCall<byte[], byte[]> call, Metadata headers) {
      super(call, headers, 1);
    }

    @Override
    public void onCancel() {
      at.complete(System.nanoTime());
    }
  }

  private record Percentiles(long p50, long p99) {
    private static final double MILLI = 1e6;

    static Percentiles of(long[] nanos) {
      long[] sorted = nanos.clone();
      Arrays.sort(sorted);
      return new Percentiles(sorted[sorted.length / 2], sorted[sorted.length * 99 / 100]);
    }

    @Override
    public String toString() {
      return "p50 %.2f ms, p99 %.2f ms".formatted(p50 / MILLI, p99 / MILLI);
    }
  }
}

package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Quota;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/// A program that does nothing wrong and calls on, one call after the other, while somebody else
/// does: how long its calls take, and what the proxies hold meanwhile.
final class Bystander {
  private static final int CALLS = 300;
  private static final int ROUNDS = 3;
  private static final int WARM_UPS = 5;
  private static final int MESSAGE_BYTES = 100;

  /// Where two processors are shared by two proxies, their server, the program and the abuser, less
  /// is noise: a thread that wakes waits for a slice of another.
  private static final double FLOOR_MS = 5;

  /// What the heap may hold more, after a collection.
  private static final long HEAP_KIB_MAX = 24 << 10;

  /// How long a bound may be missed: a pause of a virtual machine, a neighbour on this machine.
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final ProcessPair pair;
  private final Program program;
  private Notice quiet = new Notice(0, 0, 0);

  /// Begins when calls take as long as they will.
  Bystander(Stage stage) throws Exception {
    pair = stage.pair();
    program = stage.program();
    for (int i = 0; i < WARM_UPS; i++) {
      look();
    }
  }

  /// What it saw.
  ///
  /// @param p99Ms the longest of the quiet rounds, the median of those beside an abuser
  private record Notice(double p99Ms, long clientHeapKib, long serverHeapKib) {}

  /// Looks while nobody does wrong, but somebody computes: an abuser takes a processor of this
  /// machine, too, which it would not from a host of its own. What is left is what it does to
  /// others.
  void look() throws Exception {
    double longest = 0;
    try (Computing _ = new Computing()) {
      for (int i = 0; i < ROUNDS; i++) {
        longest = Math.max(longest, round());
      }
    }
    quiet = notice(longest);
  }

  /// Takes a processor until it is closed.
  private static final class Computing implements AutoCloseable {
    private volatile boolean going = true;

    Computing() {
      Thread.ofPlatform()
          .daemon()
          .start(
              () -> {
                while (going) {
                  Thread.onSpinWait();
                }
              });
    }

    @Override
    public void close() {
      going = false;
    }
  }

  /// Looks while somebody does something, until it is as it must be.
  void during(String abuse) throws Exception {
    double limitMs = 2 * Math.max(FLOOR_MS, quiet.p99Ms());
    double[] rounds = new double[ROUNDS];
    int[] count = {0};
    Until.holds(
        () ->
            "p99 of a caller within %.2f ms during %s; rounds %s, quiet %s"
                .formatted(limitMs, abuse, Arrays.toString(rounds), quiet),
        PATIENCE,
        () -> {
          rounds[count[0]++ % ROUNDS] = round();
          return count[0] >= ROUNDS && median(rounds) <= limitMs;
        });
    Notice now = notice(median(rounds));
    System.out.printf("%s: %s after %d rounds, quiet %s%n", abuse, now, count[0], quiet);
    assertTrue(
        now.clientHeapKib() <= quiet.clientHeapKib() + HEAP_KIB_MAX, () -> "client-proxy: " + now);
    assertTrue(
        now.serverHeapKib() <= quiet.serverHeapKib() + HEAP_KIB_MAX, () -> "server-proxy: " + now);
    double buffered =
        Math.max(
            pair.client().metric("farcap_buffered_bytes"),
            pair.server().metric("farcap_buffered_bytes"));
    assertTrue(buffered <= Quota.DEFAULT.bufferedBytes(), () -> buffered + " bytes buffered");
    assertFalse(pair.client().log().contains("OutOfMemory"), () -> pair.client().log());
    assertFalse(pair.server().log().contains("OutOfMemory"), () -> pair.server().log());
  }

  private Notice notice(double p99Ms) throws IOException {
    return new Notice(p99Ms, pair.client().heapKib(), pair.server().heapKib());
  }

  private double round() throws Exception {
    long[] nanos = new long[CALLS];
    byte[] message = new byte[MESSAGE_BYTES];
    for (int i = 0; i < CALLS; i++) {
      long began = System.nanoTime();
      var status = program.echo(message).status();
      nanos[i] = System.nanoTime() - began;
      assertTrue(status.isOk(), status::toString);
    }
    Arrays.sort(nanos);
    return nanos[CALLS * 99 / 100] / 1e6;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}

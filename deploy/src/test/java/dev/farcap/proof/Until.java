package dev.farcap.proof;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// Waits for conditions, never for time alone.
final class Until {
  /// Longer than anything here takes on a busy machine.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final long POLL_NANOS = Duration.ofMillis(10).toNanos();

  private Until() {}

  /// What may hold at last.
  interface Condition {
    boolean holds() throws Exception;
  }

  static void holds(String what, Condition condition) throws Exception {
    holds(() -> what, PATIENCE, condition);
  }

  /// @throws AssertionError naming what did not come true in time
  static void holds(Supplier<String> what, Duration patience, Condition condition)
      throws Exception {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + patience + ": " + what.get());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /// Returns once it is so late: for what must last, not for what must come.
  static void passed(long nanoTime) throws Exception {
    holds(
        () -> "the time",
        Duration.ofNanos(nanoTime - System.nanoTime()).plus(PATIENCE),
        () -> System.nanoTime() - nanoTime >= 0);
  }

  /// The next of a queue.
  static <T> T taken(BlockingQueue<T> queue) throws Exception {
    T next = queue.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing came within " + PATIENCE);
    }
    return next;
  }

  /// The value once it is above zero and has stood still for so long.
  static long settled(LongSupplier value, Duration still) throws Exception {
    long[] seen = {0, System.nanoTime()};
    holds(
        "a value that stands still",
        () -> {
          long now = value.getAsLong();
          if (now != seen[0]) {
            seen[0] = now;
            seen[1] = System.nanoTime();
          }
          return now > 0 && System.nanoTime() - seen[1] > still.toNanos();
        });
    return seen[0];
  }
}

package dev.farcap.node;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for conditions, never for time alone.
final class Await {
  /// Longer than anything here takes on a busy machine.
  static final long PATIENCE_S = 30;

  private static final long LOOK_NANOS = 5_000_000;

  private Await() {}

  /// @throws AssertionError if it does not come true
  static void until(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.call()) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + PATIENCE_S + " s");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }
}

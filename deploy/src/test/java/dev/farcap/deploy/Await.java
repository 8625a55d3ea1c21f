package dev.farcap.deploy;

import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Waits for a condition with a bound.
final class Await {
  private static final long PATIENCE_S = 60;
  private static final long LOOK_MS = 20;

  private Await() {}

  /// @param seen for the failure
  static void until(Callable<Boolean> condition, Callable<String> seen) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not within " + PATIENCE_S + " s:\n" + seen.call());
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOOK_MS));
    }
  }
}

package dev.farcap.door;

import java.util.concurrent.atomic.AtomicLong;

/// So many units a second, and a second's worth at once: a token bucket (RFC 2697 has the like).
/// Thread-safe, without locks: it is asked at every call.
public final class Rate {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final long unitNanos;
  private final AtomicLong paidUntilNanos;

  /// @param perSecond at least 1
  /// @param nowNanos by the ticker that [#take(long)] is given
  public Rate(int perSecond, long nowNanos) {
    unitNanos = Math.max(1, SECOND_NANOS / perSecond);
    paidUntilNanos = new AtomicLong(nowNanos);
  }

  /// Takes a unit, if there is one.
  public boolean take(long nowNanos) {
    while (true) {
      long until = paidUntilNanos.get();
      long from = Math.max(until - nowNanos, 0);
      if (from + unitNanos > SECOND_NANOS) {
        return false;
      }
      if (paidUntilNanos.compareAndSet(until, nowNanos + from + unitNanos)) {
        return true;
      }
    }
  }

  /// Whether it is as good as new.
  public boolean isFull(long nowNanos) {
    return paidUntilNanos.get() - nowNanos <= 0;
  }
}

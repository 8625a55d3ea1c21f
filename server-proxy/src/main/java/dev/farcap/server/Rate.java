package dev.farcap.server;

/// So many units a second, and a second's worth at once: a token bucket (RFC 2697 has the like).
/// Thread-safe.
final class Rate {
  private static final long SECOND_NANOS = 1_000_000_000;

  private final long unitNanos;
  private long paidUntilNanos;

  /// @param perSecond at least 1
  /// @param nowNanos by the ticker that [#take(long)] is given
  Rate(int perSecond, long nowNanos) {
    unitNanos = Math.max(1, SECOND_NANOS / perSecond);
    paidUntilNanos = nowNanos;
  }

  /// Takes a unit, if there is one.
  synchronized boolean take(long nowNanos) {
    long from = Math.max(paidUntilNanos - nowNanos, 0);
    if (from + unitNanos > SECOND_NANOS) {
      return false;
    }
    paidUntilNanos = nowNanos + from + unitNanos;
    return true;
  }

  /// Whether it is as good as new.
  synchronized boolean isFull(long nowNanos) {
    return paidUntilNanos - nowNanos <= 0;
  }
}

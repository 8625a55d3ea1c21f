package dev.farcap.transport;

/// How much of an event loop's time one peer may use up: a share that refills, some of it in
/// advance (a token bucket; RFC 2697 has the like).
///
/// Whoever takes from it knows what a thing costs. What has come is done in any case, so the budget
/// may be overdrawn by the last thing; then the peer waits, and nothing of it is read. Bound to one
/// thread: the loop's.
public final class LoopBudget {
  private final int oneIn;
  private final long burstNanos;
  private final long portionNanos;
  private long leftNanos;
  private long refilledNanos;

  /// @param oneIn the share: 20 is a twentieth of the loop's time
  /// @param burstNanos what may be used up at once, and what there is at first
  /// @param portionNanos what is waited for when nothing is left: less is not worth going on
  /// @param nowNanos by the ticker that [#waitNanos(long)] is given
  public LoopBudget(int oneIn, long burstNanos, long portionNanos, long nowNanos) {
    this.oneIn = oneIn;
    this.burstNanos = burstNanos;
    this.portionNanos = portionNanos;
    leftNanos = burstNanos;
    refilledNanos = nowNanos;
  }

  /// Takes the price of a thing. Reads no clock: it is asked at every frame.
  ///
  /// @return whether something is left; if not, [#waitNanos(long)] says how long to read nothing
  public boolean take(long costNanos) {
    leftNanos -= costNanos;
    return leftNanos >= 0;
  }

  /// Refills.
  ///
  /// @return how long to wait until there is a portion again; 0 for not at all
  public long waitNanos(long nowNanos) {
    long earnedNanos = (nowNanos - refilledNanos) / oneIn;
    leftNanos = Math.min(burstNanos, leftNanos + earnedNanos);
    refilledNanos = nowNanos;
    return leftNanos >= 0 ? 0 : (portionNanos - leftNanos) * oneIn;
  }
}

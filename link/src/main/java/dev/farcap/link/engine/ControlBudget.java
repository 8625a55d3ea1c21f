package dev.farcap.link.engine;

import dev.farcap.transport.LoopBudget;

/// What the frames of a peer that no window bounds may cost this side's loop.
///
/// *Theory.* Messages are bounded by credit, and sessions and calls by their number. But opening
/// and closing, beginning and cancelling, asking again and again: each is some bytes for the peer
/// and work here, and leaves nothing behind that could be counted. So each link has a budget of the
/// loop's time, which refills; beyond it the connection is left unread for a moment, and the peer
/// waits. The burst is for a host that opens its sessions anew after this side was started.
/// Rejected: to end the link, as a host does not answer for every program behind it.
final class ControlBudget {
  /// A decision on another thread, a host made, a line in the audit log; or a call that was begun
  /// for nothing.
  private static final int SESSION_NANOS = 50_000;

  /// A token kept, a session freed.
  private static final int TABLE_NANOS = 5_000;

  /// A number looked at.
  private static final int STATE_NANOS = 500;

  /// A fifth of the loop: 4,000 sessions or 400,000 pings a second.
  private static final int ONE_IN = 5;

  /// Two thousand sessions at once.
  private static final long BURST_NANOS = 100_000_000;

  /// What is waited for before reading goes on.
  private static final long PORTION_NANOS = 1_000_000;

  private final LoopBudget budget;

  ControlBudget(long nowNanos) {
    budget = new LoopBudget(ONE_IN, BURST_NANOS, PORTION_NANOS, nowNanos);
  }

  /// Takes the price of a frame.
  ///
  /// @return whether something is left; if not, [#waitNanos] says for how long to read nothing
  boolean takes(FrameKind kind) {
    int cost = cost(kind);
    return cost == 0 || budget.take(cost);
  }

  /// What a frame costs that carries no message.
  private static int cost(FrameKind kind) {
    return switch (kind) {
      case CALL, HEADERS, MESSAGE, HALF_CLOSE, RETURN, OPENED, REFUSED, CLOSED, HELLO, GO_AWAY -> 0;
      case OPEN, UPGRADE, CANCEL -> SESSION_NANOS;
      case PRESENT, CLOSE -> TABLE_NANOS;
      case CREDIT, SIGNAL, ACK, PING, PONG -> STATE_NANOS;
    };
  }

  /// How long to wait until there is something again; 0 for not at all.
  long waitNanos(long nowNanos) {
    return budget.waitNanos(nowNanos);
  }
}

package dev.farcap.transport;

import io.netty.channel.SelectStrategy;
import io.netty.util.IntSupplier;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/// Has an event loop look for events a little while before it sleeps, as long as that pays; and
/// whatever else can look before it has itself woken.
///
/// *Theory.* To wake a sleeping thread costs the sender a system call and, on an idle or virtual
/// processor, tens of microseconds until the thread runs; answers often come sooner. Who polls for
/// as long as waking costs, and then sleeps, never spends more than twice what the best choice
/// would have (Karlin, Manasse, McGeoch, Owicki: Competitive Randomized Algorithms for Nonuniform
/// Problems, 1990). Where it does not pay, it is done ever more seldom, as KVM does when it polls
/// before it halts a processor; one event in time and it is done every time again. Between two
/// looks the processor is offered to others. Rejected: polling for ever (a processor for each
/// loop).
///
/// Bound to its loop.
public final class BriefPolling implements SelectStrategy {
  /// About what waking costs.
  private static final long POLL_NANOS = 50_000;

  /// Failures in a row that change nothing yet.
  private static final int FAILURES_FREE = 4;

  /// At the most so many sleeps go by without polling: 64.
  private static final int SKIPS_LOG_MAX = 6;

  private final LongSupplier ticker;
  private boolean polling;
  private long beganNanos;
  private int failures;
  private int skips;

  /// @param ticker nanoseconds
  public BriefPolling(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /// What whoever looked does next.
  public enum Look {
    /// There is something to do.
    FOUND,
    /// Nothing yet, and it pays to look again.
    AGAIN,
    /// It does not pay to look again.
    SLEEP
  }

  /// Looks once, unless looking does not pay.
  ///
  /// @param something whether there is something to do
  public Look look(BooleanSupplier something) {
    return begins() ? judge(something.getAsBoolean()) : Look.SLEEP;
  }

  @Override
  public int calculateStrategy(IntSupplier events, boolean hasTasks) throws Exception {
    if (hasTasks) {
      polling = false;
      return events.get();
    }
    if (!begins()) {
      return SELECT;
    }
    int ready = events.get();
    return switch (judge(ready > 0)) {
      case FOUND -> ready;
      case AGAIN -> 0;
      case SLEEP -> SELECT;
    };
  }

  private boolean begins() {
    if (!polling) {
      if (skips > 0) {
        skips--;
        return false;
      }
      polling = true;
      beganNanos = ticker.getAsLong();
    }
    return true;
  }

  @SuppressWarnings("ThreadPriorityCheck") // It is a courtesy, nothing relies on it.
  private Look judge(boolean found) {
    if (found) {
      polling = false;
      failures = 0;
      return Look.FOUND;
    }
    if (ticker.getAsLong() - beganNanos < POLL_NANOS) {
      Thread.yield();
      return Look.AGAIN;
    }
    polling = false;
    failed();
    return Look.SLEEP;
  }

  private void failed() {
    failures++;
    if (failures > FAILURES_FREE) {
      skips = 1 << Math.min(failures - FAILURES_FREE, SKIPS_LOG_MAX);
    }
  }
}

package dev.farcap.log;

import java.util.concurrent.atomic.LongAdder;

/// What a sink counted since it started. Read by any thread.
public final class SinkCounters {
  final LongAdder written = new LongAdder();
  final LongAdder duplicates = new LongAdder();
  final LongAdder lost = new LongAdder();
  final LongAdder failures = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder followersLost = new LongAdder();

  SinkCounters() {}

  /// Lines written, notices of loss included.
  public long written() {
    return written.sum();
  }

  /// Entries that were sent again and not written again.
  public long duplicates() {
    return duplicates.sum();
  }

  /// Lines that never arrived, as logged in their places.
  public long lost() {
    return lost.sum();
  }

  /// Times that writing failed; what was not written is sent again.
  public long failures() {
    return failures.sum();
  }

  /// Calls refused at a bound or for breaking a rule.
  public long refused() {
    return refused.sum();
  }

  /// Lines that followers were too slow for.
  public long followersLost() {
    return followersLost.sum();
  }
}

package dev.farcap.log;

import java.util.concurrent.atomic.LongAdder;

/// What the stand-ins of a process counted. Read by any thread.
public final class SpoolCounters {
  final LongAdder accepted = new LongAdder();
  final LongAdder dropped = new LongAdder();
  final LongAdder breaks = new LongAdder();
  final LongAdder refused = new LongAdder();

  SpoolCounters() {}

  /// Lines taken from programs.
  public long accepted() {
    return accepted.sum();
  }

  /// Lines dropped by full spools, or given up. Some that were on their way may have arrived.
  public long dropped() {
    return dropped.sum();
  }

  /// Streams to the sink that broke and were opened again.
  public long breaks() {
    return breaks.sum();
  }

  /// Writes that were too large.
  public long refused() {
    return refused.sum();
  }
}

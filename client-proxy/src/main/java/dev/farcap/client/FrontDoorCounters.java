package dev.farcap.client;

import java.util.concurrent.atomic.LongAdder;

/// What a front door has done with sessions since it was opened. Read by any thread.
public final class FrontDoorCounters {
  /// Sessions opened.
  public final LongAdder opened = new LongAdder();

  /// Sessions of those that are open.
  public final LongAdder open = new LongAdder();

  /// Sessions closed because nobody used them.
  public final LongAdder idle = new LongAdder();

  /// Sessions not opened because a connection had too many.
  public final LongAdder refusedBound = new LongAdder();

  /// Calls and sessions refused because of their label, service or handle.
  public final LongAdder refusedInvalid = new LongAdder();
}

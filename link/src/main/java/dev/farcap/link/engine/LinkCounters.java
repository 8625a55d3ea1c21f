package dev.farcap.link.engine;

import java.util.concurrent.atomic.LongAdder;

/// What links count; shared by the links of a process and read by any thread.
public final class LinkCounters {
  /// Links that resumed after a cut.
  public final LongAdder resumes = new LongAdder();

  /// Links ended because the peer broke the protocol.
  public final LongAdder malformed = new LongAdder();

  /// Links whose connection was closed because three pings were not answered.
  public final LongAdder unanswered = new LongAdder();

  /// Numbered frames sent again after a resume.
  public final LongAdder replayed = new LongAdder();

  /// Frames dropped because what they name is over.
  public final LongAdder late = new LongAdder();

  /// Calls begun by this side.
  public final LongAdder callsOut = new LongAdder();

  /// Calls begun by the peer.
  public final LongAdder callsIn = new LongAdder();

  /// Calls and sessions refused at a bound.
  public final LongAdder overloaded = new LongAdder();

  /// Times that a link was left unread for a moment, because its peer asked for too much.
  public final LongAdder slowed = new LongAdder();

  /// Sessions that the gate refused to peers.
  public final LongAdder refused = new LongAdder();

  private final LongAdder bufferedBytes = new LongAdder();

  /// Adds to what messages hold on their way to their readers; negative to take away.
  void buffered(long bytes) {
    bufferedBytes.add(bytes);
  }

  /// Bytes of cost that messages hold on their way to their readers.
  public long bufferedBytes() {
    return bufferedBytes.sum();
  }
}

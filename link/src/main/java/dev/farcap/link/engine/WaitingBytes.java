package dev.farcap.link.engine;

/// Bytes of messages that wait to be sent at all calls of one session, and their bound. A caller
/// that heeds readiness stays far below it; it holds where many calls wait at once, or where each
/// brings one large message.
final class WaitingBytes {
  private final LinkCounters counters;
  private long max;
  private long bytes;

  WaitingBytes(LinkCounters counters, long max) {
    this.counters = counters;
    this.max = max;
  }

  /// Bounds what is added from now on.
  void limit(long newMax) {
    max = newMax;
  }

  long max() {
    return max;
  }

  /// One message fits always.
  boolean fits(int more) {
    return bytes == 0 || bytes + more <= max;
  }

  /// Counts bytes, or what is gone if negative.
  void add(long more) {
    bytes += more;
    counters.buffered(more);
  }
}

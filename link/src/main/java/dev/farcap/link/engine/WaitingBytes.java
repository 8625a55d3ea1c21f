package dev.farcap.link.engine;

/// Bytes of messages that wait to be sent at all calls of one session.
///
/// Where much waits, calls are told sooner to bring no more, so that streams slow down and nothing
/// fails, however many there are. What comes all the same, as one large message at each of many
/// calls does, is refused at the bound.
///
/// The bound is four times the quota, and four times what all sessions of the process leave free of
/// a common room (dynamic queue length thresholds, Choudhury and Hahne 1998): one session alone may
/// have four fifths of it, many have equal parts, and some is left for one that has little.
final class WaitingBytes {
  /// The common room: a third of what the launcher allows beside the heap, as messages that came
  /// over HTTP/2 lie in buffers that are little more than half full.
  private static final long PROCESS_BYTES_MAX = 40 << 20;

  private final LinkCounters counters;
  private long quota;
  private long bytes;

  WaitingBytes(LinkCounters counters, long quota) {
    this.counters = counters;
    this.quota = quota;
  }

  void quota(long newQuota) {
    quota = newQuota;
  }

  /// Whether a message of that length may be added; the first one whatever the quota is.
  boolean fits(int more) {
    long free = PROCESS_BYTES_MAX - counters.bufferedBytes() - more;
    return bytes == 0 ? free >= 0 : bytes + more <= 4 * Math.min(quota, free);
  }

  /// Whether a call that has something waiting should bring no more. Low enough that one message of
  /// usual length may still be added by each of some hundred calls.
  boolean isCrowded() {
    return bytes >= quota / 4;
  }

  /// Counts bytes, or what is gone if negative.
  void add(long more) {
    bytes += more;
    counters.buffered(more);
  }
}

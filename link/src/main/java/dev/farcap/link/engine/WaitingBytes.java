package dev.farcap.link.engine;

/// Bytes of messages that wait to be sent at all calls of one session.
///
/// Where much waits, calls are told sooner to bring no more, so that streams slow down and nothing
/// fails, however many there are. What comes all the same, as one large message at each of many
/// calls does, is refused at the bound.
final class WaitingBytes {
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

  /// The bound: sixteen of the longest messages, with the default quota.
  long max() {
    return 4 * quota;
  }

  /// Whether a message of that length may be added; alone, any one may.
  boolean fits(int more) {
    return bytes == 0 || bytes + more <= max();
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

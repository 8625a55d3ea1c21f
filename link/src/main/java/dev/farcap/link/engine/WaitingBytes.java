package dev.farcap.link.engine;

/// Bytes of messages that wait to be sent at all calls of one session.
///
/// Where much waits, calls are told sooner to bring no more, so that streams slow down and nothing
/// fails, however many there are. What comes all the same, as one large message at each of many
/// calls does, is refused at the bound: four times the quota, and the session's part of [SendRoom].
final class WaitingBytes {
  private final SendRoom.Share room;
  private final LinkCounters counters;
  private long quota;
  private long bytes;

  WaitingBytes(SendRoom.Share room, LinkCounters counters, long quota) {
    this.room = room;
    this.counters = counters;
    this.quota = quota;
  }

  void quota(long newQuota) {
    quota = newQuota;
  }

  /// Whether a message of that length may be added; the first one whatever the quota is.
  boolean fits(int more) {
    return room.fits(bytes, more, quota);
  }

  /// Whether a call that has something waiting should bring no more. Low enough that one message of
  /// usual length may still be added by each of some hundred calls.
  boolean isCrowded() {
    return bytes >= quota / 4;
  }

  /// Counts bytes, or what is gone if negative.
  void add(long more) {
    bytes += more;
    room.add(more);
    counters.buffered(more);
  }
}

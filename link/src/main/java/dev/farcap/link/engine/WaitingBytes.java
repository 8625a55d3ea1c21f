package dev.farcap.link.engine;

import java.util.ArrayDeque;

/// Bytes of messages that wait to be sent at all calls of one session, and of long ones on their
/// way to them.
///
/// Where much waits, calls are told sooner to bring no more, so that streams slow down and nothing
/// fails, however many there are. What comes all the same, as one message at each of many calls
/// does, is refused at the bound: four times the quota, and the session's part of [SendRoom]. A
/// long message that was announced waits until there is room.
final class WaitingBytes {
  private record Announced(MessageSender sender, int bytes, Runnable room) {}

  private final SendRoom.Share room;
  private final LinkCounters counters;
  private final ArrayDeque<Announced> asking = new ArrayDeque<>(0);
  private final ByLength held = new ByLength();
  private long quota;

  WaitingBytes(SendRoom.Share room, LinkCounters counters, long quota) {
    this.room = room;
    this.counters = counters;
    this.quota = quota;
  }

  void quota(long newQuota) {
    quota = newQuota;
  }

  /// Whether so many bytes of a message may be added; of the first one whatever the quota is.
  boolean fits(int more, boolean isLong) {
    return room.fits(held, more, isLong, quota);
  }

  /// Whether a call that has something waiting should bring no more. Low enough that one message of
  /// usual length may still be added by each of some hundred calls.
  boolean isCrowded() {
    return held.all() >= quota / 4;
  }

  /// Counts bytes, or what is gone if negative.
  void add(long more, boolean isLong) {
    held.add(more, isLong);
    room.add(more, isLong);
    counters.buffered(more);
  }

  // ---- long messages on their way -------------------------------------------------------------

  /// Whether there is room now; else it is asked for, and the sender told by
  /// [MessageSender#roomGranted(int)].
  boolean takes(MessageSender sender, int message, Runnable granted) {
    if (asking.isEmpty() && room.takes(held, message, quota)) {
      return true;
    }
    asking.add(new Announced(sender, message, granted));
    room.ask(this);
    return false;
  }

  void askNoMore(MessageSender sender) {
    asking.removeIf(announced -> announced.sender == sender);
    if (asking.isEmpty()) {
      room.askNoMore(this);
    }
  }

  boolean isAsking() {
    return !asking.isEmpty();
  }

  /// Gives room to who asked first, if there is any.
  boolean grantFirst() {
    Announced first = asking.peek();
    if (first == null || !room.takes(held, first.bytes, quota)) {
      return false;
    }
    asking.remove();
    first.sender.roomGranted(first.bytes);
    first.room.run();
    return true;
  }
}

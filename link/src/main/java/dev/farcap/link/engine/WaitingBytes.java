package dev.farcap.link.engine;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/// Bytes of messages that wait to be sent at all calls of one session, and of long ones on their
/// way to them.
///
/// Where much waits, calls are told sooner to bring no more, so that streams slow down instead of
/// failing. What comes all the same, as the first message of each of many calls does, is refused at
/// the bound: four times the quota, and the session's part of [SendRoom]. A long message that was
/// announced waits until there is room.
final class WaitingBytes {
  private record Announced(int bytes, Runnable room) {}

  private final SendRoom.Share room;
  private final LinkCounters counters;
  private final LinkedHashMap<MessageSender, Announced> asking = new LinkedHashMap<>();
  private final LinkedHashSet<MessageSender> unready = new LinkedHashSet<>();
  private final ByLength held = new ByLength();
  private long quota;

  WaitingBytes(SendRoom.Share room, LinkCounters counters, long quota) {
    this.room = room;
    this.counters = counters;
    this.quota = quota;
  }

  void quota(long newQuota) {
    quota = newQuota;
    room.grantSoon();
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

  /// What waits, and what was set aside.
  long bytes() {
    return held.all();
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
    if (!room.isAsked() && room.takes(held, message, quota)) {
      return true;
    }
    asking.put(sender, new Announced(message, granted));
    room.ask(this);
    return false;
  }

  void askNoMore(MessageSender sender) {
    asking.remove(sender);
    if (asking.isEmpty()) {
      room.askNoMore(this);
    }
    room.grantSoon();
  }

  /// Gives room to who asked first, if there is any.
  boolean grantFirst() {
    Map.Entry<MessageSender, Announced> first = asking.firstEntry();
    if (first == null || !room.takes(held, first.getValue().bytes, quota)) {
      return false;
    }
    askNoMore(first.getKey());
    first.getKey().roomGranted(first.getValue().bytes);
    first.getValue().room.run();
    return true;
  }

  // ---- streams that wait to be ready ------------------------------------------------------------

  /// Whether a call that has nothing waiting should bring a message; if not, its sender is told by
  /// [MessageSender#spaceAgain()].
  boolean hasSpace(MessageSender sender) {
    boolean spacious = room.isSpacious(held);
    if (!spacious) {
      unready.add(sender);
      room.awaitSpace(this);
    }
    return spacious;
  }

  void awaitSpaceNoMore(MessageSender sender) {
    unready.remove(sender);
    if (unready.isEmpty()) {
      room.awaitSpaceNoMore(this);
    }
  }

  /// Wakes who has waited longest, if there is space.
  boolean wakeFirst() {
    if (unready.isEmpty() || !room.isSpacious(held)) {
      return false;
    }
    MessageSender first = unready.getFirst();
    awaitSpaceNoMore(first);
    first.spaceAgain();
    return true;
  }
}

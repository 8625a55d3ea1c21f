package dev.farcap.link.engine;

import java.util.ArrayDeque;

/// Room that a session sets aside for the rest of long messages, in the order in which their
/// readers want them, so that each one that is let begin can be finished.
final class LongMessageRoom {
  private final ArrayDeque<MessageReceiver> waiting = new ArrayDeque<>();
  private long free;

  /// Sets room aside. Before, readers wait.
  void add(long bytes) {
    free += bytes;
    grant();
  }

  /// Asks for room; the receiver is told by [MessageReceiver#roomGranted()], perhaps at once.
  void want(MessageReceiver receiver) {
    waiting.add(receiver);
    grant();
  }

  /// Gives room back, or stops waiting for it.
  void leave(MessageReceiver receiver, long bytes) {
    waiting.remove(receiver);
    free += bytes;
    grant();
  }

  /// A reader has not parted yet with so many bytes that were delivered to it; or, negative, has
  /// now.
  void keep(long bytes) {
    free -= bytes;
    grant();
  }

  private void grant() {
    for (MessageReceiver next;
        (next = waiting.peek()) != null && next.roomWanted() <= free;
        next.roomGranted()) {
      waiting.remove();
      free -= next.roomWanted();
    }
  }
}

package dev.farcap.link;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Messages of one call on their way from the program's thread to the loop: bounds them, and
/// remembers that the program was told to wait, so that it is told when to go on.
///
/// *Theory.* [#hasRoom()] writes `awaited` before it reads the cost again, [#arrived] lowers the
/// cost before it reads `awaited`; so one of the two sees the other, and no wait is forgotten.
final class Hopping {
  /// Cost above which the program waits: the bytes after which a call is not ready, or 16 small
  /// messages, enough to keep the loop busy.
  private static final long COST_MAX = 32 << 10;

  private static final long MESSAGE_COST = 2 << 10;

  private final AtomicLong cost = new AtomicLong();
  private volatile boolean awaited;

  /// One more message is on its way; the program's thread.
  void begin(int bytes) {
    cost.addAndGet(MESSAGE_COST + bytes);
  }

  /// It has arrived; on the loop.
  ///
  /// @return whether the program waits for this
  boolean arrived(int bytes) {
    if (cost.addAndGet(-MESSAGE_COST - bytes) > 0 || !awaited) {
      return false;
    }
    awaited = false;
    return true;
  }

  /// Whether more may follow now; the program's thread.
  ///
  /// @param hopping null where nothing has hopped yet
  static boolean hasRoom(@Nullable Hopping hopping) {
    return hopping == null || hopping.hasRoom();
  }

  private boolean hasRoom() {
    if (cost.get() < COST_MAX) {
      return true;
    }
    awaited = true;
    return cost.get() == 0;
  }
}

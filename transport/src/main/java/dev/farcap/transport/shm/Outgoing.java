package dev.farcap.transport.shm;

import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;

/// What this side has sent and the peer has not read: frames in the ring, and those that found no
/// room there. Lives on its connection's loop.
///
/// Every method but [#discard] may find that the reader's position cannot be, and throw
/// [Ring.ViolationException].
final class Outgoing {
  /// From this many bytes on the writer should wait: as much as other media keep.
  static final int HIGH_WATER_BYTES = 128 << 10;

  /// Down to this many the writer is told to go on.
  static final int LOW_WATER_BYTES = 64 << 10;

  private final RingWriter ring;
  private final TransportCounters counters;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private int waitingBytes;
  private int framesSent;
  private long bytesSent;
  private boolean stalled;

  Outgoing(RingWriter ring, TransportCounters counters) {
    this.ring = ring;
    this.counters = counters;
  }

  /// Takes over a frame; the peer does not see it yet.
  void add(ByteBuf frame) {
    framesSent++;
    bytesSent += frame.readableBytes();
    waitingBytes += frame.readableBytes();
    waiting.add(frame);
    fill();
  }

  private void fill() {
    for (ByteBuf frame = waiting.peek();
        frame != null && ring.offer(frame);
        frame = waiting.peek()) {
      waiting.remove();
      waitingBytes -= frame.readableBytes();
      frame.release();
    }
  }

  /// Shows the peer all that has room.
  ///
  /// @return whether its bell must be rung
  boolean show() {
    counters.sent(framesSent, bytesSent);
    framesSent = 0;
    bytesSent = 0;
    fill();
    return ring.publish();
  }

  /// Whether frames wait for room.
  boolean isWaiting() {
    return !waiting.isEmpty();
  }

  /// Whether the writer has been told to wait.
  boolean isStalled() {
    return stalled;
  }

  /// Tells the writer to wait if there is too much.
  ///
  /// @return whether it was told so now
  boolean stall() {
    boolean full = !stalled && !ring.isUnreadAtMost(HIGH_WATER_BYTES - 1L - waitingBytes);
    stalled |= full;
    return full;
  }

  /// Whether the writer was told to wait and need not any more.
  boolean mayGoOn() {
    return stalled && ring.isUnreadAtMost(LOW_WATER_BYTES - (long) waitingBytes);
  }

  /// The writer is told so.
  void goOn() {
    stalled = false;
  }

  /// Whether the room that is waited for is there.
  boolean hasRoom() {
    return ring.isUnreadAtMost(unreadAwaited());
  }

  /// Asks to be woken once it is.
  ///
  /// @return false if it is there: then there may be no bell
  boolean awaitRoom() {
    return ring.awaitUnreadAtMost(unreadAwaited());
  }

  private long unreadAwaited() {
    ByteBuf next = waiting.peek();
    return next == null ? LOW_WATER_BYTES : ring.unreadBeside(next);
  }

  /// Drops what found no room.
  void discard() {
    for (ByteBuf frame = waiting.poll(); frame != null; frame = waiting.poll()) {
      frame.release();
      counters.frameDropped();
    }
    waitingBytes = 0;
  }
}

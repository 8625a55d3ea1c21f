package dev.farcap.transport.shm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// The end of a [Ring] where frames come out; the theory stands at [RingWriter]. Lives on its
/// connection's loop.
final class RingReader {
  private final Ring ring;
  private final ByteBuffer data;
  private final int heldBackMax;
  private long read;
  private long readShown;
  private long writtenSeen;
  private boolean ending;

  RingReader(Ring ring) {
    this.ring = ring;
    this.data = ring.data();
    this.heldBackMax = ring.bytes() / 4;
  }

  /// Copies the next frame out; [#publish] gives its room back.
  ///
  /// @return the caller's to release, or null if there is none
  /// @throws Ring.ViolationException if the writer's position or the frame's length cannot be
  @Nullable ByteBuf take(ByteBufAllocator alloc) {
    if (!hasFrame()) {
      return null;
    }
    int at = ring.offset(read);
    int length = Ring.checkedFrameBytes(data.getInt(at), writtenSeen - read);
    ByteBuf frame = alloc.directBuffer(length, length);
    try {
      int first = Math.min(length, ring.bytes() - at - Ring.PREFIX_BYTES);
      copy(frame, at + Ring.PREFIX_BYTES, first);
      copy(frame, 0, length - first);
    } catch (RuntimeException | Error unreadable) {
      frame.release();
      throw unreadable;
    }
    read += Ring.strideBytes(length);
    if (read - readShown >= heldBackMax) {
      show();
    }
    return frame;
  }

  private void show() {
    readShown = read;
    ring.read(read);
  }

  private void copy(ByteBuf frame, int from, int bytes) {
    if (bytes > 0) {
      frame.writeBytes(data.limit(from + bytes).position(from));
      data.clear();
    }
  }

  /// Whether there is one to take.
  ///
  /// @throws Ring.ViolationException if the writer's position cannot be
  boolean hasFrame() {
    if (read == writtenSeen && !ending) {
      writtenSeen = checkedWritten();
    }
    return read != writtenSeen;
  }

  private long checkedWritten() {
    long written = ring.written();
    if (written < writtenSeen
        || written - read > ring.bytes()
        || written % Ring.ALIGNMENT_BYTES != 0) {
      throw new Ring.ViolationException(
          "written position is "
              + written
              + ", limits "
              + writtenSeen
              + ".."
              + (read + ring.bytes()));
    }
    return written;
  }

  /// What is written by now is all that will be taken: a peer that goes on is not listened to.
  ///
  /// @throws Ring.ViolationException if the writer's position cannot be
  void end() {
    writtenSeen = checkedWritten();
    ending = true;
  }

  /// Shows the writer the room of what was taken. Most of a batch is shown at its end only: each
  /// time costs both processors a cache line.
  ///
  /// @return whether the writer waits for room, and its bell must be rung
  boolean publish() {
    show();
    VarHandle.fullFence();
    if (!ring.writerWaits()) {
      return false;
    }
    ring.writerWaits(false);
    return true;
  }

  /// Asks to be woken by the next frame.
  ///
  /// @return false if there is one already: then there may be no bell
  /// @throws Ring.ViolationException if the writer's position cannot be
  boolean sleep() {
    ring.readerSleeps(true);
    VarHandle.fullFence();
    return !hasFrame();
  }
}

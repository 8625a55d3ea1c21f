package dev.farcap.transport.shm;

import io.netty.buffer.ByteBuf;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/// The end of a [Ring] where frames go in. Lives on its connection's loop.
///
/// *Theory.* One writer, one reader, no locks (Lamport: Proving the Correctness of Multiprocess
/// Programs, 1977). Positions count bytes since the beginning and never wrap within 64 bit. The
/// writer copies a frame, then publishes its position with release; the reader sees the position
/// with acquire, and thus the frame. Each side believes its own position from a field of its own
/// and never reads it back: what the peer may scribble on is only what the peer has to say.
///
/// No wake-up is lost. Each side writes one word and then reads the other's, with a full fence in
/// between (Dekker's way): the writer publishes its position, then looks whether the reader sleeps;
/// the reader says that it sleeps, then looks at the position once more. Of two such pairs at least
/// one read comes after the other side's write, so either the reader sees the frame or the writer
/// sees it asleep. Without the fence a processor, x86 too, may read before its write is seen. Who
/// finds the word set clears it and rings; whoever is woken looks first and sets it again before it
/// sleeps, so that a word cleared late is followed by a bell, which at worst wakes in vain. The
/// same holds with the roles exchanged for a writer that waits for room. `stress` has the processor
/// try: *RingSleepStress*, *RingRoomStress*, *RingFrameStress*.
final class RingWriter {
  private final Ring ring;
  private final ByteBuffer data;
  private long written;
  private long readSeen;

  RingWriter(Ring ring) {
    this.ring = ring;
    this.data = ring.data();
  }

  /// Copies a frame if there is room; [#publish] shows it.
  ///
  /// @return whether there was
  /// @throws Ring.ViolationException if the reader's position cannot be
  boolean offer(ByteBuf frame) {
    int length = frame.readableBytes();
    if (!isUnreadAtMost(unreadBeside(frame))) {
      return false;
    }
    int at = ring.offset(written);
    data.putInt(at, length);
    int first = Math.min(length, ring.bytes() - at - Ring.PREFIX_BYTES);
    copy(frame, frame.readerIndex(), at + Ring.PREFIX_BYTES, first);
    copy(frame, frame.readerIndex() + first, 0, length - first);
    written += Ring.strideBytes(length);
    return true;
  }

  private void copy(ByteBuf frame, int from, int to, int bytes) {
    if (bytes > 0) {
      frame.getBytes(from, data.limit(to + bytes).position(to));
      data.clear();
    }
  }

  /// Whether the reader has at most so many bytes to read, lengths and what is unused included.
  ///
  /// @throws Ring.ViolationException if the reader's position cannot be
  boolean isUnreadAtMost(long bytes) {
    if (written - readSeen > bytes) {
      readSeen = checkedRead();
    }
    return written - readSeen <= bytes;
  }

  private long checkedRead() {
    long read = ring.read();
    if (read < readSeen || read > written || read % Ring.ALIGNMENT_BYTES != 0) {
      throw new Ring.ViolationException(
          "read position is " + read + ", limits " + readSeen + ".." + written);
    }
    return read;
  }

  /// Shows the reader what was copied.
  ///
  /// @return whether its bell must be rung
  boolean publish() {
    ring.written(written);
    VarHandle.fullFence();
    if (!ring.readerSleeps()) {
      return false;
    }
    ring.readerSleeps(false);
    return true;
  }

  /// How much may be unread where a frame is to fit.
  long unreadBeside(ByteBuf frame) {
    return (long) ring.bytes() - Ring.strideBytes(frame.readableBytes());
  }

  /// Asks to be woken once something was read.
  ///
  /// @return false if the reader has at most so many bytes to read now: then there may be no bell
  /// @throws Ring.ViolationException if the reader's position cannot be
  boolean awaitUnreadAtMost(long bytes) {
    ring.writerWaits(true);
    VarHandle.fullFence();
    return !isUnreadAtMost(bytes);
  }
}

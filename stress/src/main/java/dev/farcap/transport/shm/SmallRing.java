package dev.farcap.transport.shm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.Arena;

/// A ring with room for two frames of four bytes, or some more, and both its ends.
final class SmallRing {
  static final ByteBuf FRAME = Unpooled.unreleasableBuffer(Unpooled.copyInt(42));

  private static final int HEADER_BYTES = 512;
  private static final int BYTES = 16;

  final RingWriter writer;
  final RingReader reader;

  SmallRing() {
    this(BYTES);
  }

  /// @param bytes a power of two
  SmallRing(int bytes) {
    Ring ring =
        new Ring(Arena.ofAuto().allocate(HEADER_BYTES + bytes, 128), 0, HEADER_BYTES, bytes);
    writer = new RingWriter(ring);
    reader = new RingReader(ring);
  }

  /// Writes a frame, if there is room, and shows it.
  ///
  /// @return whether the reader's bell is rung
  boolean write() {
    return write(FRAME);
  }

  boolean write(ByteBuf frame) {
    writer.offer(frame);
    return writer.publish();
  }

  /// Takes a frame, if there is one.
  ///
  /// @return what all its numbers say, 0 if there is none, -1 if they do not agree
  int take() {
    ByteBuf frame = reader.take(UnpooledByteBufAllocator.DEFAULT);
    if (frame == null) {
      return 0;
    }
    try {
      int first = frame.readInt();
      while (frame.isReadable()) {
        if (frame.readInt() != first) {
          return -1;
        }
      }
      return first;
    } finally {
      frame.release();
    }
  }
}

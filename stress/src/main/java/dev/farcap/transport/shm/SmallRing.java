package dev.farcap.transport.shm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.Arena;

/// A ring with room for two frames, and both its ends.
final class SmallRing {
  static final ByteBuf FRAME = Unpooled.unreleasableBuffer(Unpooled.copyInt(42));

  private static final int HEADER_BYTES = 512;
  private static final int BYTES = 16;

  final RingWriter writer;
  final RingReader reader;

  SmallRing() {
    Ring ring =
        new Ring(Arena.ofAuto().allocate(HEADER_BYTES + BYTES, 128), 0, HEADER_BYTES, BYTES);
    writer = new RingWriter(ring);
    reader = new RingReader(ring);
  }

  /// Writes a frame, if there is room, and shows it.
  ///
  /// @return whether the reader's bell is rung
  boolean write() {
    writer.offer(FRAME);
    return writer.publish();
  }

  /// Takes a frame, if there is one.
  ///
  /// @return what it says; 0 if there is none
  int take() {
    ByteBuf frame = reader.take(UnpooledByteBufAllocator.DEFAULT);
    if (frame == null) {
      return 0;
    }
    try {
      return frame.readInt();
    } finally {
      frame.release();
    }
  }
}

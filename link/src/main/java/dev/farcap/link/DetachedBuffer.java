package dev.farcap.link;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;

/// A message in the memory that gRPC received it into; gives the memory back when released.
final class DetachedBuffer extends CompositeByteBuf {
  /// Never consolidated: a message of 4 MiB comes in some hundred parts of one HTTP/2 frame each.
  private static final int PARTS_MAX = Integer.MAX_VALUE;

  private final InputStream owner;

  /// @param owner the detached stream; closed when this is released
  DetachedBuffer(InputStream owner) {
    super(ByteBufAllocator.DEFAULT, true, PARTS_MAX);
    this.owner = owner;
  }

  /// Adds memory of the owner's at the end.
  void append(ByteBuffer part) {
    addComponent(true, Unpooled.wrappedBuffer(part));
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    try {
      owner.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

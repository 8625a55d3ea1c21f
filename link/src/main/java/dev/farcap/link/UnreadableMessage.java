package dev.farcap.link;

import io.grpc.Status;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/// Stands in the place of a message that could not be read; has no bytes and holds no memory.
final class UnreadableMessage extends CompositeByteBuf {
  private final Status status;

  /// @param status how the call has to end
  UnreadableMessage(Status status) {
    super(UnpooledByteBufAllocator.DEFAULT, false, 1);
    this.status = status;
  }

  Status status() {
    return status;
  }
}

package dev.farcap.link;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Objects;

/// A buffer as the stream that gRPC's framer and marshallers read.
///
/// Owns the buffer and releases it exactly once: when its last byte is read, because not every
/// reader closes, or when the stream is closed. Not thread-safe.
public final class BufferStream extends InputStream implements KnownLength, Drainable {
  private ByteBuf message;

  /// Takes over one reference.
  ///
  /// @param message its readable bytes are the stream
  public BufferStream(ByteBuf message) {
    this.message = message;
    releaseIfRead();
  }

  /// Hands the rest of the buffer over to the caller, who now owns it; the stream is then empty.
  ByteBuf take() {
    ByteBuf taken = message;
    message = Unpooled.EMPTY_BUFFER;
    return taken;
  }

  @Override
  public int available() {
    return message.readableBytes();
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    int bytes = available();
    try {
      if (message.hasArray()) {
        target.write(message.array(), message.arrayOffset() + message.readerIndex(), bytes);
      } else {
        copyTo(target);
      }
    } finally {
      close();
    }
    return bytes;
  }

  private void copyTo(OutputStream target) throws IOException {
    byte[] scratch = Scratch.array();
    while (message.isReadable()) {
      int chunk = Math.min(scratch.length, message.readableBytes());
      message.readBytes(scratch, 0, chunk);
      target.write(scratch, 0, chunk);
    }
  }

  @Override
  public int read() {
    if (!message.isReadable()) {
      return -1;
    }
    int value = message.readUnsignedByte();
    releaseIfRead();
    return value;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, target.length);
    if (length == 0) {
      return 0;
    }
    int bytes = Math.min(length, available());
    if (bytes == 0) {
      return -1;
    }
    message.readBytes(target, offset, bytes);
    releaseIfRead();
    return bytes;
  }

  private void releaseIfRead() {
    if (!message.isReadable()) {
      close();
    }
  }

  @Override
  public void close() {
    take().release();
  }
}

package dev.farcap.link;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor.Marshaller;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufOutputStream;
import java.io.IOException;
import java.io.InputStream;

/// Turns messages of any marshaller into buffers and back. A relay's messages are buffers already
/// and pass through.
final class MessageCodec {
  private MessageCodec() {}

  /// The message in bytes; the caller owns the buffer.
  static <T> ByteBuf encode(Marshaller<T> marshaller, T message, ByteBufAllocator allocator) {
    if (message instanceof ByteBuf buffer) {
      return buffer;
    }
    ByteBuf out = null;
    try (InputStream in = marshaller.stream(message)) {
      if (in instanceof KnownLength && in.available() <= Scratch.array().length) {
        return copy(in, allocator);
      }
      out = allocator.directBuffer(Math.max(16, in.available()));
      ByteBufOutputStream stream = new ByteBufOutputStream(out);
      if (in instanceof Drainable drainable) {
        drainable.drainTo(stream);
      } else {
        in.transferTo(stream);
      }
      return out;
    } catch (IOException | RuntimeException e) {
      if (out != null) {
        out.release();
      }
      throw Status.INTERNAL
          .withDescription("message cannot be written")
          .withCause(e)
          .asRuntimeException();
    }
  }

  /// A short message through the scratch array: protobuf writes into an array without a buffer of
  /// its own, into a stream only through one.
  private static ByteBuf copy(InputStream in, ByteBufAllocator allocator) throws IOException {
    byte[] scratch = Scratch.array();
    int bytes = in.readNBytes(scratch, 0, in.available());
    return allocator.directBuffer(Math.max(16, bytes)).writeBytes(scratch, 0, bytes);
  }

  /// The message of the bytes, which it takes over.
  static <T> T decode(Marshaller<T> marshaller, ByteBuf bytes) {
    if (marshaller instanceof BufferMarshaller) {
      @SuppressWarnings("unchecked") // a BufferMarshaller is a Marshaller<ByteBuf>, so T is ByteBuf
      T message = (T) bytes;
      return message;
    }
    try (InputStream in = new BufferStream(bytes)) {
      return marshaller.parse(in);
    } catch (IOException e) {
      throw Status.INTERNAL
          .withDescription("message cannot be read")
          .withCause(e)
          .asRuntimeException();
    }
  }
}

package dev.farcap.link;

import io.grpc.Detachable;
import io.grpc.HasByteBuffer;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Objects;

/// Messages as buffers: what a relay passes on without looking at them.
///
/// Inbound, the memory gRPC received into is taken over, not copied, wherever gRPC can part with
/// it; outbound, the bytes are written once, through a scratch array of the thread
/// ([BufferStream]), because gRPC's framer takes arrays only.
///
/// **Ownership.** A buffer from [#parse] has one reference, owned by whoever receives the message.
/// A buffer given to [#stream], or to `sendMessage` of a call with this marshaller, is owned by the
/// stream, which releases it exactly once: when its last byte is read or when it is closed.
public final class BufferMarshaller implements MethodDescriptor.Marshaller<ByteBuf> {
  /// The only one; it has no state.
  public static final BufferMarshaller INSTANCE = new BufferMarshaller();

  /// Messages up to this are copied: a taken-over message pins the whole buffer that the socket was
  /// read into, tens of kilobytes, and costs more objects than so few bytes cost to copy.
  static final int COPIED_BYTES_MAX = 512;

  private static final int UNKNOWN_LENGTH_BYTES = 4 << 10;

  private BufferMarshaller() {}

  /// How a relay sees a method: its name, no kind, messages as buffers.
  ///
  /// @param fullName `package.Service/Method`
  public static MethodDescriptor<ByteBuf, ByteBuf> method(String fullName) {
    return MethodDescriptor.newBuilder(INSTANCE, INSTANCE)
        .setFullMethodName(fullName)
        .setType(MethodDescriptor.MethodType.UNKNOWN)
        .build();
  }

  @Override
  public InputStream stream(ByteBuf message) {
    return new BufferStream(message);
  }

  /// Takes the message out of the stream, which may be closed afterwards.
  ///
  /// A compressed message may turn out too long only while it is read. gRPC would end the call with
  /// a status that does not say so if this threw; so an [UnreadableMessage] is returned, which the
  /// relay knows.
  @Override
  public ByteBuf parse(InputStream stream) {
    try {
      return switch (stream) {
        case BufferStream ours -> ours.take();
        case KnownLength _ when stream.available() <= COPIED_BYTES_MAX ->
            copy(stream, stream.available());
        case Detachable source
            when stream instanceof KnownLength
                && stream instanceof HasByteBuffer view
                && view.byteBufferSupported() ->
            takeOver(source.detach());
        case KnownLength _ -> copy(stream, stream.available());
        default -> copy(stream, UNKNOWN_LENGTH_BYTES);
      };
    } catch (StatusRuntimeException e) {
      return new UnreadableMessage(e.getStatus());
    } catch (IOException e) {
      return new UnreadableMessage(
          Status.INTERNAL.withDescription("message cannot be read").withCause(e));
    }
  }

  private static ByteBuf copy(InputStream stream, int expectedBytes) throws IOException {
    ByteBuf copy = ByteBufAllocator.DEFAULT.buffer(Math.max(expectedBytes, 1));
    boolean complete = false;
    try {
      byte[] scratch = Scratch.array();
      for (int read; (read = stream.read(scratch, 0, scratch.length)) > 0; ) {
        copy.writeBytes(scratch, 0, read);
      }
      complete = true;
      return copy;
    } finally {
      if (!complete) {
        copy.release();
      }
    }
  }

  private static ByteBuf takeOver(InputStream detached) throws IOException {
    DetachedBuffer message = new DetachedBuffer(detached);
    boolean complete = false;
    try {
      // The mark keeps what skip passes over alive until the stream is closed.
      detached.mark(detached.available());
      HasByteBuffer view = (HasByteBuffer) detached;
      while (detached.available() > 0) {
        ByteBuffer part = Objects.requireNonNull(view.getByteBuffer());
        message.append(part);
        detached.skipNBytes(part.remaining());
      }
      complete = true;
      return message;
    } finally {
      if (!complete) {
        message.release();
      }
    }
  }
}

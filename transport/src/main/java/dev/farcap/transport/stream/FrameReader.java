package dev.farcap.transport.stream;

import dev.farcap.transport.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Cuts frames out of the buffers of a stream. A frame within one buffer is a slice of it; one that
/// spans several is copied together once. Used by one thread at a time.
public final class FrameReader {
  private final ByteBufAllocator alloc;
  private final ArrayDeque<ByteBuf> input = new ArrayDeque<>();
  private int prefix;
  private int prefixBytes;
  private @Nullable ByteBuf partial;
  private int missing;

  /// A length prefix is out of range; nothing after it can be read.
  public static final class MalformedFrameException extends RuntimeException {
    private static final long serialVersionUID = 1;

    MalformedFrameException(long length) {
      super(
          "malformed frame: length is "
              + length
              + " bytes, limits 1.."
              + Connection.FRAME_BYTES_MAX);
    }
  }

  /// @param alloc for frames that span several buffers
  public FrameReader(ByteBufAllocator alloc) {
    this.alloc = alloc;
  }

  /// Takes over the next bytes of the stream.
  public void offer(ByteBuf bytes) {
    input.add(bytes);
  }

  /// The next whole frame, the caller's to release, or null if there is none yet.
  ///
  /// @throws MalformedFrameException at each call once a length was out of range
  public @Nullable ByteBuf next() {
    for (ByteBuf head = input.peek(); head != null; head = input.peek()) {
      ByteBuf frame = next(head);
      if (!head.isReadable()) {
        input.remove().release();
      }
      if (frame != null) {
        return frame;
      }
    }
    return null;
  }

  private @Nullable ByteBuf next(ByteBuf head) {
    if (partial != null) {
      return fill(partial, head);
    }
    if (!readPrefix(head)) {
      return null;
    }
    int length = checkedLength();
    prefixBytes = 0;
    if (head.readableBytes() >= length) {
      return head.readRetainedSlice(length);
    }
    missing = length;
    partial = alloc.directBuffer(length, length);
    return fill(partial, head);
  }

  private boolean readPrefix(ByteBuf head) {
    if (prefixBytes == 0 && head.readableBytes() >= FrameWriter.PREFIX_BYTES) {
      prefix = head.readInt();
      prefixBytes = FrameWriter.PREFIX_BYTES;
    }
    while (prefixBytes < FrameWriter.PREFIX_BYTES && head.isReadable()) {
      prefix = prefix << 8 | head.readUnsignedByte();
      prefixBytes++;
    }
    return prefixBytes == FrameWriter.PREFIX_BYTES;
  }

  private int checkedLength() {
    if (prefix < 1 || prefix > Connection.FRAME_BYTES_MAX) {
      throw new MalformedFrameException(Integer.toUnsignedLong(prefix));
    }
    return prefix;
  }

  private @Nullable ByteBuf fill(ByteBuf frame, ByteBuf head) {
    int taken = Math.min(missing, head.readableBytes());
    frame.writeBytes(head, taken);
    missing -= taken;
    if (missing > 0) {
      return null;
    }
    partial = null;
    return frame;
  }

  /// Gives back what was not delivered.
  public void discard() {
    input.forEach(ByteBuf::release);
    input.clear();
    if (partial != null) {
      partial.release();
      partial = null;
    }
  }
}

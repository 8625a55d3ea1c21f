package dev.farcap.transport.shm;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.farcap.transport.Connection;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/// The words and bytes of one direction as they lie in shared memory. [RingWriter] and [RingReader]
/// say what they mean.
///
/// Whatever is read here may have been scribbled by the peer: it is to be copied out once, and then
/// checked. Who writes each word stands in the package's description; each word has a pair of cache
/// lines of its own, so that the two sides disturb each other only where they must.
///
/// @param memory the whole shared memory
/// @param headerOffset where the words are
/// @param dataOffset where the bytes are
/// @param bytes how many, a power of two
record Ring(MemorySegment memory, long headerOffset, long dataOffset, int bytes) {
  /// Frames begin at multiples of this, so that no length is wrapped.
  static final int ALIGNMENT_BYTES = 8;

  static final int PREFIX_BYTES = 4;

  private static final long WRITTEN = 0;
  private static final long READER_SLEEPS = 128;
  private static final long READ = 256;
  private static final long WRITER_WAITS = 384;

  private static final VarHandle LONG = JAVA_LONG.varHandle();
  private static final VarHandle INT = JAVA_INT.varHandle();

  /// A peer wrote what cannot be; nothing more can be read.
  static final class ViolationException extends RuntimeException {
    private static final long serialVersionUID = 1;

    ViolationException(String what) {
      super("malformed shared memory: " + what);
    }
  }

  /// What a frame takes, with its length and what is unused behind it.
  static int strideBytes(int frameBytes) {
    return PREFIX_BYTES + frameBytes + ALIGNMENT_BYTES - 1 & -ALIGNMENT_BYTES;
  }

  /// A length as it was read.
  ///
  /// @throws ViolationException if there is no such frame
  static int checkedFrameBytes(int length, long availableBytes) {
    if (length < 1 || length > Connection.FRAME_BYTES_MAX) {
      throw new ViolationException(
          "length is "
              + Integer.toUnsignedLong(length)
              + " bytes, limits 1.."
              + Connection.FRAME_BYTES_MAX);
    }
    if (strideBytes(length) > availableBytes) {
      throw new ViolationException(
          "length is " + length + " bytes, beyond the " + availableBytes + " written");
    }
    return length;
  }

  /// The ring's bytes, to be copied to and from.
  ByteBuffer data() {
    return memory.asSlice(dataOffset, bytes).asByteBuffer();
  }

  /// Where in the data a position lies.
  int offset(long position) {
    return (int) (position & bytes - 1);
  }

  long written() {
    return (long) LONG.getAcquire(memory, headerOffset + WRITTEN);
  }

  void written(long position) {
    LONG.setRelease(memory, headerOffset + WRITTEN, position);
  }

  long read() {
    return (long) LONG.getAcquire(memory, headerOffset + READ);
  }

  void read(long position) {
    LONG.setRelease(memory, headerOffset + READ, position);
  }

  boolean readerSleeps() {
    return (int) INT.getOpaque(memory, headerOffset + READER_SLEEPS) != 0;
  }

  void readerSleeps(boolean sleeps) {
    INT.setOpaque(memory, headerOffset + READER_SLEEPS, sleeps ? 1 : 0);
  }

  boolean writerWaits() {
    return (int) INT.getOpaque(memory, headerOffset + WRITER_WAITS) != 0;
  }

  void writerWaits(boolean waits) {
    INT.setOpaque(memory, headerOffset + WRITER_WAITS, waits ? 1 : 0);
  }
}

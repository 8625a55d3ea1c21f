package dev.farcap.transport;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// What this process has of the C library's memory: connections of QUIC's library, sessions of
/// TLS's, buffers beside the heap.
///
/// The resident size would tell less: most of its growth is the heap's, which is never given back.
///
/// @param bytes taken and not given back
record NativeMemory(long bytes) {
  /// What the JVM itself takes there meanwhile. Its compilers had up to 18 MiB when the last
  /// connection had ended, and gave them back within seconds. A connection that is not freed is
  /// some 40 KiB, so of 2,000 one tenth of it is noticed.
  private static final long NOISE_BYTES = 8 << 20;

  /// Nothing is beyond it.
  static final NativeMemory ANY = new NativeMemory(Long.MAX_VALUE);

  /// `struct mallinfo2`, of which two are taken: `hblkhd` and `uordblks`, bytes in use, in mappings
  /// of their own and elsewhere.
  private static final StructLayout INFO =
      MemoryLayout.structLayout(MemoryLayout.sequenceLayout(10, ValueLayout.JAVA_LONG));

  private static final int MAPPED = 4;
  private static final int USED = 7;

  private static final MethodHandle MALLINFO2 = mallinfo2();

  @SuppressWarnings("restricted")
  private static MethodHandle mallinfo2() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("mallinfo2"), FunctionDescriptor.of(INFO));
  }

  /// Once the JVM has given back what its compilers had: it does so every five seconds.
  static NativeMemory settled() {
    System.gc();
    long begun = System.nanoTime();
    AtomicLong least = new AtomicLong(Long.MAX_VALUE);
    Recorder.awaitThat(
        "six seconds",
        () -> {
          least.accumulateAndGet(used(), Math::min);
          return System.nanoTime() - begun > TimeUnit.SECONDS.toNanos(6);
        });
    return new NativeMemory(least.get());
  }

  private static long used() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = (MemorySegment) MALLINFO2.invokeExact((SegmentAllocator) arena);
      return info.getAtIndex(ValueLayout.JAVA_LONG, MAPPED)
          + info.getAtIndex(ValueLayout.JAVA_LONG, USED);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Awaits that no more is taken than this and what the JVM may have taken. What only the garbage
  /// collector gives back is.
  void awaitAgain() {
    System.gc();
    Recorder.awaitThat(
        () -> "end of " + (used() - bytes) + " bytes of native memory",
        () -> used() - bytes <= NOISE_BYTES);
  }
}

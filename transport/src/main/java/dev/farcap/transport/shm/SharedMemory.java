package dev.farcap.transport.shm;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The memory of one connection, mapped into this process. Made, used and closed on the
/// connection's loop: no other thread could touch it, so it is never unmapped under anybody.
///
/// Its size is sealed before anybody maps it: a peer that cut it short would have this process
/// killed by SIGBUS at the next access. A memory of huge pages, which could still do so, is none of
/// our sizes.
final class SharedMemory implements AutoCloseable {
  private static final ValueLayout.OfLong NUMBER =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.BIG_ENDIAN);
  private static final long[] RING_HEADERS = {1024, 2048};
  private static final long HEADER_BYTES = 4096;

  private final Arena arena;
  private final MemorySegment memory;
  private final int ringBytes;

  private SharedMemory(Arena arena, MemorySegment memory, int ringBytes) {
    this.arena = arena;
    this.memory = memory;
    this.ringBytes = ringBytes;
  }

  /// Makes memory that can be handed over.
  ///
  /// @return its descriptor, the caller's to close
  static FileDescriptor create(int ringBytes) throws IOException {
    FileDescriptor fd = new FileDescriptor(Libc.memfdCreate());
    try {
      Libc.sizeAndSeal(fd.intValue(), bytes(ringBytes));
      return fd;
    } catch (IOException failed) {
      fd.close();
      throw failed;
    }
  }

  /// Maps memory, whoever made it.
  ///
  /// @throws IOException if it is none, is not sealed or has another size
  static SharedMemory map(FileDescriptor fd, int ringBytes) throws IOException {
    if (!Libc.isSealed(fd.intValue())) {
      throw new IOException("the descriptor is no memory, or its size is not sealed");
    }
    long bytes = Libc.size(fd.intValue());
    if (bytes != bytes(ringBytes)) {
      throw new IOException("the memory has " + bytes + " bytes, not " + bytes(ringBytes));
    }
    Arena arena = Arena.ofConfined();
    try {
      return new SharedMemory(arena, Libc.map(fd.intValue(), bytes, arena), ringBytes);
    } catch (IOException failed) {
      arena.close();
      throw failed;
    }
  }

  private static long bytes(int ringBytes) {
    return HEADER_BYTES + 2L * ringBytes;
  }

  void nonce(Nonce nonce) {
    memory.set(NUMBER, 0, nonce.high());
    memory.set(NUMBER, Long.BYTES, nonce.low());
  }

  Nonce nonce() {
    return new Nonce(memory.get(NUMBER, 0), memory.get(NUMBER, Long.BYTES));
  }

  /// @param number 0 from acceptor to dialler, 1 back
  Ring ring(int number) {
    return new Ring(
        memory, RING_HEADERS[number], HEADER_BYTES + (long) number * ringBytes, ringBytes);
  }

  /// Unmaps it.
  @Override
  public void close() {
    arena.close();
  }
}

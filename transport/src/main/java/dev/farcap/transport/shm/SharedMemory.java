package dev.farcap.transport.shm;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The memory of one connection, mapped into this process. Made, used and closed on the
/// connection's loop; another thread is refused.
///
/// Netty copies frames by the bare address, and the arena cannot keep it from memory that is
/// unmapped already: the process would die. [RingReader] and [RingWriter] write or read a frame's
/// length first, by the arena's leave, and fail there if they are used after the end.
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

  /// Makes memory that can be handed over. All of it is there from the beginning: a page that could
  /// not be had later would kill whoever touches it.
  ///
  /// @return its descriptor, the caller's to close
  static FileDescriptor create(int ringBytes) throws IOException {
    FileDescriptor fd = new FileDescriptor(Libc.memfdCreate());
    try {
      Libc.size(fd.intValue(), bytes(ringBytes));
      Libc.seal(fd.intValue(), Libc.SEALS);
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

  /// The ring from acceptor to dialler.
  Ring toDialler() {
    return ring(0);
  }

  /// The ring from dialler to acceptor.
  Ring toAcceptor() {
    return ring(1);
  }

  private Ring ring(int number) {
    return new Ring(
        memory, RING_HEADERS[number], HEADER_BYTES + (long) number * ringBytes, ringBytes);
  }

  /// Unmaps it.
  @Override
  public void close() {
    arena.close();
  }
}

package dev.farcap.transport.shm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.farcap.transport.CLibrary;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.Errors.NativeIoException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The calls of the C library that Java has no words for: sealed memory, mapping it, eventfd.
/// Linux, 64 bit; none of them blocks.
@SuppressWarnings("restricted")
final class Libc {
  private static final int MFD_CLOEXEC = 1;
  private static final int MFD_ALLOW_SEALING = 2;
  private static final int MFD_NOEXEC_SEAL = 8;
  private static final int EFD_NONBLOCK = 0x800;
  private static final int EFD_CLOEXEC = 0x80000;
  private static final int F_SETFD = 2;
  private static final int FD_CLOEXEC = 1;
  private static final int F_ADD_SEALS = 1033;
  private static final int F_GET_SEALS = 1034;
  private static final int F_SEAL_SEAL = 1;
  private static final int F_SEAL_SHRINK = 2;
  private static final int F_SEAL_GROW = 4;
  static final int F_SEAL_WRITE = 8;
  private static final int SEEK_END = 2;
  private static final int PROT_READ_WRITE = 3;
  private static final int MAP_SHARED = 1;
  private static final int EINVAL = 22;

  /// What a memory must have: nobody can change its size any more, nor these.
  static final int SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW;

  private static final MethodHandle MEMFD_CREATE =
      CLibrary.function("memfd_create", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle FTRUNCATE =
      CLibrary.function("ftruncate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle FALLOCATE =
      CLibrary.function(
          "fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle LSEEK =
      CLibrary.function("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FCNTL =
      CLibrary.function(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle EVENTFD =
      CLibrary.function("eventfd", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle MMAP =
      CLibrary.function(
          "mmap",
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      CLibrary.function("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle GETEUID =
      CLibrary.function("geteuid", FunctionDescriptor.of(JAVA_INT));

  private Libc() {}

  /// Finds all that is called here: whoever uses this class has it done, and this does nothing
  /// else.
  ///
  /// @throws LinkageError if this process may not, or this system has it not: for
  ///   [CLibrary#require]
  static void load() {}

  /// Anonymous memory: it has no name in any file system, and is gone with its last user.
  ///
  /// @return its descriptor, not inherited by programs that this process starts
  static int memfdCreate() throws IOException {
    try {
      // Hardened systems want no memory that could be executed.
      return memfdCreate(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
    } catch (NativeIoException failed) {
      if (failed.expectedErr() != -EINVAL) {
        throw failed;
      }
      return memfdCreate(MFD_CLOEXEC | MFD_ALLOW_SEALING); // Before Linux 6.3.
    }
  }

  private static int memfdCreate(int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom("farcap");
      return (int)
          call("memfd_create", errno -> (int) MEMFD_CREATE.invokeExact(errno, name, flags));
    }
  }

  /// Gives memory its size and its pages.
  static void size(int fd, long bytes) throws IOException {
    var _ = call("ftruncate", errno -> (int) FTRUNCATE.invokeExact(errno, fd, bytes));
    var _ = call("fallocate", errno -> (int) FALLOCATE.invokeExact(errno, fd, 0, 0L, bytes));
  }

  /// Keeps memory as it is for ever.
  ///
  /// @param seals what cannot be done from now on
  static void seal(int fd, int seals) throws IOException {
    var _ = fcntl(fd, F_ADD_SEALS, seals);
  }

  /// Whether a descriptor is memory whose size nobody can change.
  static boolean isSealed(int fd) {
    try {
      return (fcntl(fd, F_GET_SEALS, 0) & SEALS) == SEALS;
    } catch (IOException noMemory) {
      return false;
    }
  }

  static long size(int fd) throws IOException {
    return call("lseek", errno -> (long) LSEEK.invokeExact(errno, fd, 0L, SEEK_END));
  }

  /// Maps memory until the arena is closed.
  static MemorySegment map(int fd, long bytes, Arena arena) throws IOException {
    long address =
        call(
            "mmap",
            errno ->
                (long) MMAP.invokeExact(errno, 0L, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0L));
    return MemorySegment.ofAddress(address).reinterpret(bytes, arena, Libc::unmap);
  }

  private static void unmap(MemorySegment memory) {
    try {
      var _ = call("munmap", errno -> (int) MUNMAP.invokeExact(errno, memory, memory.byteSize()));
    } catch (IOException e) {
      throw new IllegalStateException("memory was not mapped", e);
    }
  }

  /// A counter whose writers do not block.
  static int eventfd(int value) throws IOException {
    return (int)
        call(
            "eventfd",
            errno -> (int) EVENTFD.invokeExact(errno, value, EFD_NONBLOCK | EFD_CLOEXEC));
  }

  /// Keeps a descriptor from programs that this process starts.
  static void closeOnExec(int fd) throws IOException {
    var _ = fcntl(fd, F_SETFD, FD_CLOEXEC);
  }

  /// The user this process acts as.
  static int euid() {
    try {
      return (int)
          call("geteuid", errno -> Integer.toUnsignedLong((int) GETEUID.invokeExact(errno)));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int fcntl(int fd, int command, int argument) throws IOException {
    return (int) call("fcntl", errno -> (int) FCNTL.invokeExact(errno, fd, command, argument));
  }

  @FunctionalInterface
  private interface Native {
    long invoke(MemorySegment errno) throws Throwable;
  }

  private static long call(String name, Native function) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = CLibrary.errno(arena);
      long result = function.invoke(errno);
      if (result < 0) {
        throw Errors.newIOException(name, -CLibrary.errorIn(errno));
      }
      return result;
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name, e);
    }
  }
}

package dev.farcap.transport.nic;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.farcap.transport.CLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// The calls of the C library for sockets that Java has no words for. Linux, 64 bit. All are used
/// on sockets that do not block.
///
/// As in the kernel, what is negative is the number of an error: `-EAGAIN`.
@SuppressWarnings("restricted")
final class Libc {
  static final int EPERM = 1;
  static final int EINTR = 4;
  static final int ENXIO = 6;
  static final int EAGAIN = 11;
  static final int ENODEV = 19;
  static final int EMSGSIZE = 90;
  static final int EADDRINUSE = 98;

  static final int AF_UNIX = 1;
  static final int AF_PACKET = 17;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_NONBLOCK = 0x800;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int MSG_TRUNC = 0x20;
  static final int MSG_DONTWAIT = 0x40;

  private static final MethodHandle SOCKET =
      CLibrary.function("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle BIND =
      CLibrary.function("bind", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      CLibrary.function(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      CLibrary.function(
          "getsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle IOCTL =
      CLibrary.function(
          "ioctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle RECVMMSG =
      CLibrary.function(
          "recvmmsg",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle SENDMMSG =
      CLibrary.function(
          "sendmmsg", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      CLibrary.function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle STRERROR =
      CLibrary.function("strerror", FunctionDescriptor.of(ADDRESS, JAVA_INT));

  /// What one of the calls needs to tell its error; kept by whoever calls often.
  private final MemorySegment errno;

  /// @param arena as long as the calls are made
  Libc(Arena arena) {
    errno = CLibrary.errno(arena);
  }

  /// Finds all that is called here: whoever uses this class has it done, and this does nothing
  /// else.
  ///
  /// @throws LinkageError if this process may not, or this system has it not: for
  ///   [CLibrary#require]
  static void load() {}

  int socket(int domain, int type, int protocol) {
    try {
      return outcome((int) SOCKET.invokeExact(errno, domain, type, protocol));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int bind(int fd, MemorySegment address) {
    try {
      return outcome((int) BIND.invokeExact(errno, fd, address, (int) address.byteSize()));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int setsockopt(int fd, int level, int option, MemorySegment value) {
    try {
      return outcome(
          (int) SETSOCKOPT.invokeExact(errno, fd, level, option, value, (int) value.byteSize()));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /// @param length how long the value may be; then how long it is
  int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    try {
      return outcome((int) GETSOCKOPT.invokeExact(errno, fd, level, option, value, length));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  int ioctl(int fd, long request, MemorySegment argument) {
    try {
      return outcome((int) IOCTL.invokeExact(errno, fd, request, argument));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /// Receives.
  ///
  /// @param messages address of an array of `struct mmsghdr`
  /// @return how many were received
  int recvmmsg(int fd, long messages, int count, int flags) {
    try {
      return outcome((int) RECVMMSG.invokeExact(errno, fd, messages, count, flags, 0L));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /// Sends.
  ///
  /// @param messages address of an array of `struct mmsghdr`
  /// @return how many were sent
  int sendmmsg(int fd, long messages, int count, int flags) {
    try {
      return outcome((int) SENDMMSG.invokeExact(errno, fd, messages, count, flags));
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  /// Closes a descriptor; whatever it says, it is closed.
  void close(int fd) {
    try {
      int _ = (int) CLOSE.invokeExact(errno, fd);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private int outcome(int result) {
    return result >= 0 ? result : -CLibrary.errorIn(errno);
  }

  private static IllegalStateException impossible(Throwable e) {
    return new IllegalStateException("a call of the C library failed to be made", e);
  }

  /// What the system says of an error.
  ///
  /// @param number positive
  static String describe(int number) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(CLibrary.errno(arena), number);
      return text.reinterpret(1_000).getString(0);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }
}

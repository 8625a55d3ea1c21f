package dev.farcap.rom;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/// The calls of the C library that Java has no words for: inotify, openat2 and leases. Linux 5.6 or
/// newer, 64 bit; none of them blocks.
@SuppressWarnings("restricted")
final class Libc {
  // What opening a path says where there is no regular file below the root, in the order of
  // errno.h.
  static final int ENOENT = 2;
  static final int ENXIO = 6;
  static final int EACCES = 13;
  static final int EXDEV = 18;
  static final int ENOTDIR = 20;
  static final int ENAMETOOLONG = 36;
  static final int ELOOP = 40;

  private static final int EAGAIN = 11;
  private static final int AT_FDCWD = -100;
  private static final long SYS_OPENAT2 = 437;
  private static final long O_NONBLOCK = 0x800;
  private static final long O_CLOEXEC = 0x80000;
  private static final long RESOLVE_NO_MAGICLINKS = 0x02;
  private static final long RESOLVE_NO_SYMLINKS = 0x04;
  private static final long RESOLVE_BENEATH = 0x08;
  private static final int F_SETSIG = 10;
  private static final int F_SETLEASE = 1024;
  private static final int F_RDLCK = 0;
  private static final int F_UNLCK = 2;

  /// A signal that is ignored by default: who breaks a lease raises it.
  private static final int SIGURG = 23;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
  private static final VarHandle ERRNO_VALUE =
      Linker.Option.captureStateLayout().varHandle(MemoryLayout.PathElement.groupElement("errno"));

  private static final MethodHandle INOTIFY_INIT =
      link("inotify_init1", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle INOTIFY_ADD =
      link("inotify_add_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle INOTIFY_RM =
      link("inotify_rm_watch", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle FCNTL =
      link(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle OPENAT2 =
      link(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));

  private Libc() {}

  /// A call that failed.
  static final class ErrnoException extends IOException {
    private static final long serialVersionUID = 1;

    /// The C library's error number.
    final int errno;

    ErrnoException(String call, int errno) {
      super(call + " failed with errno " + errno);
      this.errno = errno;
    }
  }

  /// Whether anybody has a file open for writing.
  enum Writers {
    NONE,
    SOME,
    /// The kernel does not say: the file belongs to another user, or lies on a file system without
    /// leases.
    UNKNOWN
  }

  /// A non-blocking inotify descriptor.
  static int inotifyInit() throws ErrnoException {
    return call(
        "inotify_init1",
        errno -> (int) INOTIFY_INIT.invokeExact(errno, (int) (O_NONBLOCK | O_CLOEXEC)));
  }

  /// Watches a folder.
  ///
  /// @return the watch descriptor
  static int inotifyAdd(int inotify, Path folder, int mask) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(folder.toString());
      return call(
          "inotify_add_watch", errno -> (int) INOTIFY_ADD.invokeExact(errno, inotify, path, mask));
    }
  }

  /// Removing one that is gone already is no failure.
  static void inotifyRemove(int inotify, int watch) {
    try {
      call("inotify_rm_watch", errno -> (int) INOTIFY_RM.invokeExact(errno, inotify, watch));
    } catch (ErrnoException _) {
      // The folder is gone and took its watch with it.
    }
  }

  /// Opens a folder by any path.
  static int openFolder(Path folder) throws ErrnoException {
    return openat2(AT_FDCWD, folder.toString(), 0);
  }

  /// Opens a file for reading that can be reached from the open folder without passing a link and
  /// without leaving the folder. Does not block on a FIFO.
  static int openBeneath(int folder, String path) throws ErrnoException {
    return openat2(folder, path, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
  }

  private static int openat2(int folder, String name, long resolve) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment path = arena.allocateFrom(name);
      // struct open_how: flags, mode, resolve
      MemorySegment how = arena.allocateFrom(JAVA_LONG, O_NONBLOCK | O_CLOEXEC, 0, resolve);
      return call(
          "openat2",
          errno ->
              (int)
                  (long)
                      OPENAT2.invokeExact(errno, SYS_OPENAT2, folder, path, how, how.byteSize()));
    }
  }

  static void close(int fd) {
    try {
      call("close", errno -> (int) CLOSE.invokeExact(errno, fd));
    } catch (ErrnoException e) {
      throw new IllegalStateException("descriptor " + fd + " was not open", e);
    }
  }

  /// Asks the kernel by taking a read lease for an instant, which it grants only where nobody has
  /// the file open for writing.
  ///
  /// @param fd the file, opened for reading only
  static Writers writers(int fd) {
    try {
      fcntl(fd, F_SETSIG, SIGURG);
      fcntl(fd, F_SETLEASE, F_RDLCK);
    } catch (ErrnoException e) {
      return e.errno == EAGAIN ? Writers.SOME : Writers.UNKNOWN;
    }
    try {
      fcntl(fd, F_SETLEASE, F_UNLCK);
    } catch (ErrnoException e) {
      throw new IllegalStateException("lease was not given back", e);
    }
    return Writers.NONE;
  }

  private static void fcntl(int fd, int command, int argument) throws ErrnoException {
    call("fcntl", errno -> (int) FCNTL.invokeExact(errno, fd, command, argument));
  }

  private static MethodHandle link(
      String name, FunctionDescriptor descriptor, Linker.Option... more) {
    Linker.Option[] options = new Linker.Option[more.length + 1];
    options[0] = ERRNO;
    System.arraycopy(more, 0, options, 1, more.length);
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, options);
  }

  @FunctionalInterface
  private interface Native {
    int invoke(MemorySegment errno) throws Throwable;
  }

  private static int call(String name, Native function) throws ErrnoException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(Linker.Option.captureStateLayout());
      int result = function.invoke(errno);
      if (result < 0) {
        throw new ErrnoException(name, (int) ERRNO_VALUE.get(errno, 0L));
      }
      return result;
    } catch (ErrnoException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(name, e);
    }
  }
}

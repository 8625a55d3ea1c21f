package dev.farcap.transport;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Functions of the C library, for media that need what Java has no interface for. Any thread may
/// call.
@SuppressWarnings("restricted")
public final class CLibrary {
  private CLibrary() {}

  /// Apart, as a process that may not call cannot even load it.
  private static final class Calls {
    static final Linker LINKER = Linker.nativeLinker();
    static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    static final VarHandle ERRNO_VALUE =
        Linker.Option.captureStateLayout()
            .varHandle(MemoryLayout.PathElement.groupElement("errno"));
  }

  /// Has a medium find its functions before it is used.
  ///
  /// @param finding uses the class that holds them
  /// @throws IllegalStateException if this process may not call them, or this system has them not
  public static void require(Runnable finding) {
    try {
      finding.run();
    } catch (LinkageError missing) {
      Throwable cause = missing.getCause() == null ? missing : missing.getCause();
      throw new IllegalStateException("the C library cannot be called: " + cause, missing);
    }
  }

  /// A function. Its first argument is memory of [#errno(SegmentAllocator)].
  ///
  /// @throws RuntimeException if there is none of this name, or this process may not call it
  public static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... more) {
    Linker.Option[] options = new Linker.Option[more.length + 1];
    options[0] = Calls.ERRNO;
    System.arraycopy(more, 0, options, 1, more.length);
    MemorySegment address = Calls.LINKER.defaultLookup().findOrThrow(name);
    return Calls.LINKER.downcallHandle(address, descriptor, options);
  }

  /// Memory in which a call leaves its error.
  public static MemorySegment errno(SegmentAllocator memory) {
    return memory.allocate(Linker.Option.captureStateLayout());
  }

  /// The error that the last failed call has left there, positive.
  public static int errorIn(MemorySegment errno) {
    return (int) Calls.ERRNO_VALUE.get(errno, 0L);
  }
}

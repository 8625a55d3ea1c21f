package dev.farcap.transport.shm;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Hands two descriptors over in one message, as Netty does not.
@SuppressWarnings("restricted")
final class TwoAtOnce {
  private static final int SOL_SOCKET = 1;
  private static final int SCM_RIGHTS = 1;
  private static final int CONTROL_BYTES = 24;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle SENDMSG =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("sendmsg"),
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));

  private TwoAtOnce() {}

  static void send(int socket, int first, int second) {
    try (Arena arena = Arena.ofConfined()) {
      long sent = (long) SENDMSG.invokeExact(socket, message(arena, first, second), 0);
      if (sent != 1) {
        throw new IllegalStateException("sendmsg returned " + sent);
      }
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// A `msghdr` of one byte and one `cmsghdr`.
  private static MemorySegment message(Arena arena, int first, int second) {
    MemorySegment bytes = arena.allocate(16, 8);
    bytes.set(ADDRESS, 0, arena.allocate(1));
    bytes.set(JAVA_LONG, 8, 1);
    MemorySegment control = arena.allocate(CONTROL_BYTES, 8);
    control.set(JAVA_LONG, 0, CONTROL_BYTES);
    control.set(JAVA_INT, 8, SOL_SOCKET);
    control.set(JAVA_INT, 12, SCM_RIGHTS);
    control.set(JAVA_INT, 16, first);
    control.set(JAVA_INT, 20, second);
    MemorySegment message = arena.allocate(56, 8);
    message.set(ADDRESS, 16, bytes);
    message.set(JAVA_LONG, 24, 1);
    message.set(ADDRESS, 32, control);
    message.set(JAVA_LONG, 40, CONTROL_BYTES);
    return message;
  }
}

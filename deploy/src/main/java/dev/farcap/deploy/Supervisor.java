package dev.farcap.deploy;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who started this process and wants to hear how it gets on: systemd, for a unit of `Type=notify`,
/// or another that speaks its protocol (sd_notify(3)). It names a datagram socket in the variable
/// `NOTIFY_SOCKET`, and is told there in lines `NAME=VALUE`. Where nobody asks nothing is said.
///
/// Java has no datagram sockets of this family: the C library's calls are used. Any thread may
/// call; a message waits while the supervisor's queue is full.
@SuppressWarnings("restricted")
final class Supervisor {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);

  // As <sys/socket.h> and <sys/un.h> of Linux have them.
  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final long PATH_OFFSET = 2;
  private static final int PATH_BYTES_MAX = 108;

  /// Listeners, the local listener and links are drained one after the other.
  private static final int DRAINED = 3;

  /// What the end takes beside that.
  private static final Duration END = Duration.ofSeconds(30);

  private final @Nullable String socket;

  private Supervisor(@Nullable String socket) {
    this.socket = socket;
  }

  /// @param socket an absolute path or, beginning with `@`, an abstract name; null: nobody asks
  static Supervisor of(@Nullable String socket) {
    return new Supervisor(socket);
  }

  /// All listeners are open, or what was reloaded is in force.
  void ready() {
    tell("READY=1");
  }

  /// Files are read again; [#ready] follows.
  void reloading() {
    // Linux: System.nanoTime() is the monotonic clock that is asked for.
    tell("RELOADING=1\nMONOTONIC_USEC=" + TimeUnit.NANOSECONDS.toMicros(System.nanoTime()));
  }

  /// It ends.
  ///
  /// @param patience for which calls in flight are waited for, however long the unit allows
  void stopping(Duration patience) {
    long micros =
        TimeUnit.MILLISECONDS.toMicros(patience.multipliedBy(DRAINED).plus(END).toMillis());
    tell("STOPPING=1\nEXTEND_TIMEOUT_USEC=" + micros);
  }

  private void tell(String lines) {
    if (socket != null) {
      try {
        Datagram.send(socket, lines);
      } catch (IllegalArgumentException | IllegalStateException e) {
        LOG.warn("NOTIFY_SOCKET {}: not told '{}': {}", socket, lines, e.getMessage());
      }
    }
  }

  /// Looked up in the C library only where somebody asks.
  private static final class Datagram {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle SOCKET =
        link("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SENDTO =
        link(
            "sendto",
            FunctionDescriptor.of(
                JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle CLOSE =
        link("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

    private static MethodHandle link(String name, FunctionDescriptor descriptor) {
      return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
    }

    /// @throws IllegalArgumentException if the name is none of a socket
    /// @throws IllegalStateException if it was not sent
    static void send(String socket, String text) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment address = address(arena, socket);
        MemorySegment content =
            arena.allocateFrom(JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
        int fd = (int) SOCKET.invokeExact((int) AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
        long sent =
            (long)
                SENDTO.invokeExact(
                    fd, content, content.byteSize(), 0, address, (int) address.byteSize());
        int _ = (int) CLOSE.invokeExact(fd);
        if (sent != content.byteSize()) {
          throw new IllegalStateException("nobody takes it there");
        }
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException("sendto", e);
      }
    }

    /// A `struct sockaddr_un`, as long as it is used.
    private static MemorySegment address(Arena arena, String socket) {
      boolean inAbstract = socket.startsWith("@");
      byte[] path = socket.getBytes(StandardCharsets.UTF_8);
      if (!(inAbstract || socket.startsWith("/")) || path.length >= PATH_BYTES_MAX) {
        throw new IllegalArgumentException(
            "expected a path or @NAME of less than " + PATH_BYTES_MAX + " bytes");
      }
      // An abstract name begins with a zero, a path ends with one.
      long bytes = PATH_OFFSET + path.length + (inAbstract ? 0 : 1);
      MemorySegment address = arena.allocate(bytes, Short.BYTES);
      address.set(JAVA_SHORT, 0, AF_UNIX);
      MemorySegment.copy(path, 0, address, JAVA_BYTE, PATH_OFFSET, path.length);
      if (inAbstract) {
        address.set(JAVA_BYTE, PATH_OFFSET, (byte) 0);
      }
      return address;
    }
  }
}

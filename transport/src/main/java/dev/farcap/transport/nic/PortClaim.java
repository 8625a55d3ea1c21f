package dev.farcap.transport.nic;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.BindException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/// That this process and no other has a port of an interface, until it is closed or the process
/// ends.
///
/// The kernel lets any number of packet sockets take the same frames. What one process can have at
/// a time, and loses with its end, is a name in the abstract namespace of Unix sockets, which
/// belongs to the network namespace as interfaces do (unix(7)).
final class PortClaim implements AutoCloseable {
  /// Diallers take one of these, as with UDP (RFC 6335 section 6).
  private static final int DYNAMIC_MIN = 49_152;

  private static final int DYNAMIC_COUNT = 16_384;

  private final int socket;
  private final int port;

  private PortClaim(int socket, int port) {
    this.socket = socket;
    this.port = port;
  }

  /// @param nic name of the interface: it stays if the interface is made anew
  /// @param port 0 for any that is free
  /// @throws BindException if it is taken
  static PortClaim take(String nic, int etherType, int port) throws IOException {
    return port == 0 ? takeFree(nic, etherType) : takeThe(nic, etherType, port);
  }

  private static PortClaim takeFree(String nic, int etherType) throws IOException {
    int first = ThreadLocalRandom.current().nextInt(DYNAMIC_COUNT);
    for (int i = 0; i < DYNAMIC_COUNT; i++) {
      try {
        return takeThe(nic, etherType, DYNAMIC_MIN + (first + i) % DYNAMIC_COUNT);
      } catch (BindException _) {
        // The next one.
      }
    }
    throw new BindException("all ports of the interface are in use");
  }

  private static PortClaim takeThe(String nic, int etherType, int port) throws IOException {
    String name = "farcap-nic/%s/%04x/%d".formatted(nic, etherType, port);
    try (Arena arena = Arena.ofConfined()) {
      Libc libc = new Libc(arena);
      int socket = libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
      if (socket < 0) {
        throw new IOException("no socket: " + Libc.describe(-socket));
      }
      int outcome = libc.bind(socket, abstractAddress(arena, name));
      if (outcome == 0) {
        return new PortClaim(socket, port);
      }
      libc.close(socket);
      throw outcome == -Libc.EADDRINUSE
          ? new BindException("port " + port + " of the interface is already in use")
          : new IOException("the port cannot be claimed: " + Libc.describe(-outcome));
    }
  }

  /// `struct sockaddr_un` with a name that is no file's: it begins with a zero.
  private static MemorySegment abstractAddress(Arena arena, String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    MemorySegment address = arena.allocate(Short.BYTES + 1 + bytes.length, Short.BYTES);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_UNIX);
    MemorySegment.copy(bytes, 0, address, ValueLayout.JAVA_BYTE, Short.BYTES + 1, bytes.length);
    return address;
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    try (Arena arena = Arena.ofConfined()) {
      new Libc(arena).close(socket);
    }
  }
}

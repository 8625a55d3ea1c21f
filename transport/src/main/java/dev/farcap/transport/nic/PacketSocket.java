package dev.farcap.transport.nic;

import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;

/// A socket for whole Ethernet frames (packet(7)) that does not block. Bound to one thread, but for
/// [#close()].
final class PacketSocket {
  private static final int SOL_SOCKET = 1;
  private static final int SO_RCVBUF = 8;
  private static final int SO_SNDBUF = 7;
  private static final int SO_ATTACH_FILTER = 26;
  private static final int SOL_PACKET = 263;
  private static final int PACKET_STATISTICS = 6;

  /// What waits in the kernel while the loop is busy; the kernel has a bound of its own.
  private static final int BUFFER_BYTES = 1 << 20;

  /// `struct sockaddr_ll`.
  private static final int ADDRESS_BYTES = 20;

  private final Libc libc;
  private final MemorySegment scratch;
  private final FileDescriptor fd;

  private PacketSocket(Libc libc, MemorySegment scratch, int fd) {
    this.libc = libc;
    this.scratch = scratch;
    this.fd = new FileDescriptor(fd);
  }

  /// Opens a socket that receives nothing yet.
  ///
  /// @throws ConnectException if this process may not; the message says what to do
  static PacketSocket open() throws ConnectException {
    Arena arena = Arena.ofAuto();
    Libc libc = new Libc(arena);
    int kind = Libc.SOCK_RAW | Libc.SOCK_NONBLOCK | Libc.SOCK_CLOEXEC;
    int fd = libc.socket(Libc.AF_PACKET, kind, 0);
    if (fd == -Libc.EPERM) {
      throw new ConnectException(notPermitted());
    }
    if (fd < 0) {
      throw new ConnectException("no packet socket: " + Libc.describe(-fd));
    }
    PacketSocket socket = new PacketSocket(libc, arena.allocate(32, Long.BYTES), fd);
    socket.setBuffer(SO_RCVBUF);
    socket.setBuffer(SO_SNDBUF);
    return socket;
  }

  private static String notPermitted() {
    String java = ProcessHandle.current().info().command().orElse("/path/to/java");
    // A program with capabilities of its own does not look for libraries beside itself.
    return ("raw Ethernet frames are not permitted to this process: give it CAP_NET_RAW, by"
            + " AmbientCapabilities=CAP_NET_RAW in its systemd unit, or as root by 'setcap"
            + " cap_net_raw+ep %s' and 'echo %s/lib >/etc/ld.so.conf.d/java.conf && ldconfig'")
        .formatted(java, System.getProperty("java.home"));
  }

  /// A wish; the kernel takes what it allows.
  private void setBuffer(int option) {
    MemorySegment value = scratch.asSlice(0, Integer.BYTES);
    value.set(ValueLayout.JAVA_INT, 0, BUFFER_BYTES);
    var _ = libc.setsockopt(fd.intValue(), SOL_SOCKET, option, value);
  }

  FileDescriptor fd() {
    return fd;
  }

  /// Has frames of one kind, and no others, come in from an interface and go out by it. May be done
  /// again when the interface is another.
  ///
  /// @param filter which ones
  /// @param nicIndex the interface
  void bind(FrameFilter filter, int etherType, int nicIndex) throws IOException {
    filter(filter);
    MemorySegment address = scratch.asSlice(0, ADDRESS_BYTES).fill((byte) 0);
    address.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_PACKET);
    address.set(ValueLayout.JAVA_SHORT, 2, Short.reverseBytes((short) etherType));
    address.set(ValueLayout.JAVA_INT, 4, nicIndex);
    check("bound", libc.bind(fd.intValue(), address));
  }

  private void filter(FrameFilter filter) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      int instructions = filter.instructions();
      MemorySegment program =
          arena.allocate((long) instructions * FrameFilter.INSTRUCTION_BYTES, Long.BYTES);
      filter.write(program);
      MemorySegment value = arena.allocate(16, Long.BYTES);
      value.set(ValueLayout.JAVA_SHORT, 0, (short) instructions);
      value.set(ValueLayout.JAVA_LONG, Long.BYTES, program.address());
      check("filtered", libc.setsockopt(fd.intValue(), SOL_SOCKET, SO_ATTACH_FILTER, value));
    }
  }

  private static void check(String what, int outcome) throws IOException {
    if (outcome < 0) {
      throw new ConnectException(
          "the packet socket cannot be " + what + ": " + Libc.describe(-outcome));
    }
  }

  /// Receives what is there, at most as many frames as there are slots.
  ///
  /// @return how many; or negative, an error of [Libc]
  int receive(MessageVector frames) {
    return libc.recvmmsg(fd.intValue(), frames.address(), frames.slots(), Libc.MSG_DONTWAIT);
  }

  /// Sends the frames of the first slots.
  ///
  /// @return how many, at least one; or negative, an error of [Libc] with the first
  int send(MessageVector frames, int count) {
    return libc.sendmmsg(fd.intValue(), frames.address(), count, Libc.MSG_DONTWAIT);
  }

  /// Frames dropped since it was last asked, because nobody fetched them.
  long overrun() {
    MemorySegment counts = scratch.asSlice(0, 8);
    MemorySegment length = scratch.asSlice(8, Integer.BYTES);
    length.set(ValueLayout.JAVA_INT, 0, 8);
    int outcome = libc.getsockopt(fd.intValue(), SOL_PACKET, PACKET_STATISTICS, counts, length);
    return outcome < 0 ? 0 : Integer.toUnsignedLong(counts.get(ValueLayout.JAVA_INT, 4));
  }

  /// Blocks for some milliseconds: the kernel waits until no processor uses the socket any more.
  void close() {
    libc.close(fd.intValue());
  }
}

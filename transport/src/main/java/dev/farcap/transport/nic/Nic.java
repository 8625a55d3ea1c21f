package dev.farcap.transport.nic;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;

/// A network interface of this host at one moment: any of it may be another at the next.
///
/// @param name up to 15 bytes; stays if the interface is removed and made again
/// @param index another one if it is
/// @param mac its own hardware address
/// @param mtu bytes of a frame behind the Ethernet header
/// @param loopback what is sent out comes back
record Nic(String name, int index, Mac mac, int mtu, boolean loopback) {
  /// The smallest packet that QUIC can do with (RFC 9000 section 14).
  static final int PACKET_BYTES_MIN = 1_200;

  static final int MTU_MIN = PACKET_BYTES_MIN + FrameHeader.OWN_BYTES;

  /// `struct ifreq`: the name, then a union.
  private static final int REQUEST_BYTES = 40;

  private static final int NAME_BYTES = 16;

  private static final long SIOCGIFNAME = 0x8910;
  private static final long SIOCGIFMTU = 0x8921;
  private static final long SIOCGIFHWADDR = 0x8927;
  private static final long SIOCGIFINDEX = 0x8933;

  /// Kinds of hardware addresses.
  private static final int ETHERNET = 1;

  private static final int LOOPBACK = 772;

  /// Looks at an interface; does not block.
  ///
  /// @throws ConnectException if there is none of the name, or it is of another kind
  static Nic look(String name) throws ConnectException {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= NAME_BYTES) {
      throw new ConnectException("there is no network interface '" + name + "' on this host");
    }
    try (Question question = new Question()) {
      MemorySegment.copy(bytes, 0, question.request, ValueLayout.JAVA_BYTE, 0, bytes.length);
      int index = question.ask(SIOCGIFINDEX, name).get(ValueLayout.JAVA_INT, NAME_BYTES);
      int mtu = question.ask(SIOCGIFMTU, name).get(ValueLayout.JAVA_INT, NAME_BYTES);
      MemorySegment answer = question.ask(SIOCGIFHWADDR, name);
      int kind = answer.get(ValueLayout.JAVA_SHORT, NAME_BYTES);
      if (kind != ETHERNET && kind != LOOPBACK) {
        throw new ConnectException("the network interface '" + name + "' is not Ethernet");
      }
      return new Nic(name, index, mac(answer, NAME_BYTES + 2), mtu, kind == LOOPBACK);
    }
  }

  private static Mac mac(MemorySegment answer, int at) {
    long bits = 0;
    for (int i = 0; i < 6; i++) {
      bits = bits << 8 | (answer.get(ValueLayout.JAVA_BYTE, at + i) & 0xFF);
    }
    return new Mac(bits);
  }

  /// The name of an interface.
  ///
  /// @throws ConnectException if there is none of the number
  static String nameOf(int index) throws ConnectException {
    try (Question question = new Question()) {
      question.request.set(ValueLayout.JAVA_INT, NAME_BYTES, index);
      return question.ask(SIOCGIFNAME, "number " + index).getString(0);
    }
  }

  /// The largest packet that it takes in one frame.
  ///
  /// @throws ConnectException if that is too little for QUIC
  int packetBytesMax() throws ConnectException {
    if (mtu < MTU_MIN) {
      throw new ConnectException(
          "the MTU of '%s' is %d, at least %d is needed".formatted(name, mtu, MTU_MIN));
    }
    return Math.min(mtu, FrameHeader.MTU_MAX) - FrameHeader.OWN_BYTES;
  }

  /// A socket to ask by, and what is asked.
  private static final class Question implements AutoCloseable {
    private final Arena arena = Arena.ofConfined();
    private final Libc libc = new Libc(arena);
    private final MemorySegment request = arena.allocate(REQUEST_BYTES, Long.BYTES);
    private final int socket;

    Question() throws ConnectException {
      socket = libc.socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
      if (socket < 0) {
        arena.close();
        throw new ConnectException("no socket: " + Libc.describe(-socket));
      }
    }

    MemorySegment ask(long code, String name) throws ConnectException {
      int outcome = libc.ioctl(socket, code, request);
      if (outcome == -Libc.ENODEV || outcome == -Libc.ENXIO) {
        throw new ConnectException("there is no network interface '" + name + "' on this host");
      }
      if (outcome < 0) {
        throw new ConnectException(
            "the network interface '" + name + "' is not known: " + Libc.describe(-outcome));
      }
      return request;
    }

    @Override
    public void close() {
      libc.close(socket);
      arena.close();
    }
  }
}

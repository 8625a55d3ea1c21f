package dev.farcap.transport.nic;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What stands before a packet in an Ethernet frame; numbers have the most significant byte first.
///
/// | bytes | |
/// |---|---|
/// | 6 | destination |
/// | 6 | source |
/// | 2 | EtherType |
/// | 1 | version: 1 |
/// | 1 | 0 |
/// | 2 | length of the packet, at least 1: short frames are padded on the wire |
/// | 2 | destination port |
/// | 2 | source port |
///
/// The packet follows, then padding of any content. There is no checksum: Ethernet has one, and
/// QUIC authenticates.
///
/// @param destination hardware address
/// @param source hardware address; never a group
/// @param etherType of the frame
/// @param packetBytes length of the packet, 1..[#PACKET_BYTES_MAX]
/// @param destinationPort 0..65535
/// @param sourcePort 0..65535
record FrameHeader(
    Mac destination,
    Mac source,
    int etherType,
    int packetBytes,
    int destinationPort,
    int sourcePort) {

  static final int ETHERNET_BYTES = 14;

  /// Within the interface's MTU.
  static final int OWN_BYTES = 8;

  static final int BYTES = ETHERNET_BYTES + OWN_BYTES;

  /// Larger frames are not used, even if an interface takes them: few networks carry them.
  static final int MTU_MAX = 9_000;

  static final int PACKET_BYTES_MAX = MTU_MAX - OWN_BYTES;

  static final int VERSION = 1;

  private static final int ETHER_TYPE_AT = 12;
  private static final int VERSION_AT = 14;
  private static final int ZERO_AT = 15;
  private static final int LENGTH_AT = 16;
  static final int DESTINATION_PORT_AT = 18;
  static final int SOURCE_PORT_AT = 20;

  /// Reads the header of a frame that a stranger sent.
  ///
  /// @param frame its readable bytes are the frame; not moved
  /// @return null if it is malformed: cut, of another version, shorter than it says, from a group
  static @Nullable FrameHeader read(ByteBuf frame) {
    int bytes = frame.readableBytes();
    if (bytes <= BYTES) {
      return null;
    }
    int at = frame.readerIndex();
    FrameHeader header =
        new FrameHeader(
            mac(frame, at),
            mac(frame, at + 6),
            frame.getUnsignedShort(at + ETHER_TYPE_AT),
            frame.getUnsignedShort(at + LENGTH_AT),
            frame.getUnsignedShort(at + DESTINATION_PORT_AT),
            frame.getUnsignedShort(at + SOURCE_PORT_AT));
    boolean good =
        frame.getUnsignedByte(at + VERSION_AT) == VERSION
            && frame.getByte(at + ZERO_AT) == 0
            && header.packetBytes >= 1
            && header.packetBytes <= Math.min(bytes - BYTES, PACKET_BYTES_MAX)
            && !header.source.isGroup();
    return good ? header : null;
  }

  private static Mac mac(ByteBuf frame, int at) {
    return new Mac((long) frame.getUnsignedShort(at) << 32 | frame.getUnsignedInt(at + 2));
  }

  /// Writes [#BYTES] bytes.
  ///
  /// @param at where they begin
  void write(ByteBuf out, int at) {
    mac(out, at, destination);
    mac(out, at + 6, source);
    out.setShort(at + ETHER_TYPE_AT, etherType);
    out.setByte(at + VERSION_AT, VERSION);
    out.setByte(at + ZERO_AT, 0);
    out.setShort(at + LENGTH_AT, packetBytes);
    out.setShort(at + DESTINATION_PORT_AT, destinationPort);
    out.setShort(at + SOURCE_PORT_AT, sourcePort);
  }

  private static void mac(ByteBuf out, int at, Mac mac) {
    out.setShort(at, (int) (mac.bits() >>> 32));
    out.setInt(at + 2, (int) mac.bits());
  }
}

package dev.farcap.transport.nic;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/// An end of the segment as QUIC sees it: a made-up IPv6 socket address, since QUIC's library knows
/// no other kind. It never leaves this process.
///
/// | bytes | of the IPv6 address |
/// |---|---|
/// | 2 | `fe80` |
/// | 4 | 0 |
/// | 2 | EtherType |
/// | 8 | hardware address as a modified EUI-64 (RFC 4291 appendix A) |
///
/// @param nicIndex the interface at this host, as scope
/// @param etherType 0..0xFFFF
/// @param mac of the end
/// @param port of the end, 0..65535
record Endpoint(int nicIndex, int etherType, Mac mac, int port) {
  private static final int LOCAL_ADMINISTRATION = 0x02;

  InetSocketAddress toSocketAddress() {
    byte[] bytes = new byte[16];
    bytes[0] = (byte) 0xFE;
    bytes[1] = (byte) 0x80;
    bytes[6] = (byte) (etherType >>> 8);
    bytes[7] = (byte) etherType;
    for (int i = 0; i < 3; i++) {
      bytes[8 + i] = (byte) mac.at(i);
      bytes[13 + i] = (byte) mac.at(3 + i);
    }
    bytes[8] = (byte) (bytes[8] ^ LOCAL_ADMINISTRATION);
    bytes[11] = (byte) 0xFF;
    bytes[12] = (byte) 0xFE;
    try {
      return new InetSocketAddress(
          Inet6Address.getByAddress(mac.toString(), bytes, nicIndex), port);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an IPv6 address has 16 bytes", impossible);
    }
  }

  /// @throws IllegalArgumentException if the address is none that [#toSocketAddress()] has made
  static Endpoint of(InetSocketAddress address) {
    InetAddress host = address.getAddress();
    if (!(host instanceof Inet6Address six)) {
      throw new IllegalArgumentException(address + " is no end of a network segment");
    }
    byte[] bytes = six.getAddress();
    bytes[8] = (byte) (bytes[8] ^ LOCAL_ADMINISTRATION);
    long mac = 0;
    for (int i = 0; i < 3; i++) {
      mac |= (bytes[8 + i] & 0xFFL) << (8 * (5 - i));
      mac |= (bytes[13 + i] & 0xFFL) << (8 * (2 - i));
    }
    int etherType = (bytes[6] & 0xFF) << 8 | (bytes[7] & 0xFF);
    return new Endpoint(six.getScopeId(), etherType, new Mac(mac), address.getPort());
  }
}

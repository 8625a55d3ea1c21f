package dev.farcap.transport.quic;

/// The contract over IPv6; less of it, since all but the addresses is the same.
class QuicIpv6ConnectionTest extends QuicConnectionTest {
  QuicIpv6ConnectionTest() {
    frames /= 10;
    cycles /= 10;
    pumped /= 10;
  }

  @Override
  String host() {
    return "[::1]";
  }
}

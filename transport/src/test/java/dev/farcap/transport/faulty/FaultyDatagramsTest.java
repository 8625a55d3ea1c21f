package dev.farcap.transport.faulty;

import dev.farcap.transport.quic.UdpDatagrams;

/// Over UDP.
class FaultyDatagramsTest extends FaultyDatagramsContract {
  FaultyDatagramsTest() {
    super(new UdpDatagrams());
  }

  @Override
  String listening() {
    return "quic://127.0.0.1:0";
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.tls.TlsCredentials;

/// Over QUIC.
class FaultyQuicTest extends FaultyMediumContract {
  FaultyQuicTest() {
    super(medium(ACCEPTOR), medium(DIALLER));
  }

  private static QuicMedium medium(TlsCredentials credentials) {
    return new QuicMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), QuicConfig.DEFAULT);
  }

  @Override
  String listening() {
    return "quic://127.0.0.1:0";
  }
}

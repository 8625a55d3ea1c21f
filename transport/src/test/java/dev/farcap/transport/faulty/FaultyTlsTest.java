package dev.farcap.transport.faulty;

import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsMedium;

/// Over TLS.
class FaultyTlsTest extends FaultyMediumContract {
  FaultyTlsTest() {
    super(medium(ACCEPTOR), medium(DIALLER));
  }

  private static TlsMedium medium(TlsCredentials credentials) {
    return new TlsMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), TlsConfig.DEFAULT);
  }

  @Override
  String listening() {
    return "tls://127.0.0.1:0";
  }
}

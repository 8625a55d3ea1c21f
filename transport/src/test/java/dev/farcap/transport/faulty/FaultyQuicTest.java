package dev.farcap.transport.faulty;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;

/// What every connection promises, connections over TLS promise over a line that is late, uneven
/// and narrow in both directions, of both sides.
class FaultyQuicTest extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  private final QuicMedium far = medium(ACCEPTOR);
  private final QuicMedium near = medium(DIALLER);
  private final FaultyLine farLine = FaultyInProcessTest.poorLine();
  private final FaultyLine nearLine = FaultyInProcessTest.poorLine();

  private static QuicMedium medium(TlsCredentials credentials) {
    return new QuicMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), QuicConfig.DEFAULT);
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen("quic://127.0.0.1:0", loops, farLine.acceptor(handler));
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return nearLine.dialer(near);
  }

  @Override
  protected void closeMedium() {
    near.close();
    far.close();
    nearLine.close();
    farLine.close();
  }
}

package dev.farcap.transport.quic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;

class QuicConnectionTest extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  private final QuicMedium far = medium(ACCEPTOR);
  private final QuicMedium near = medium(DIALLER);

  QuicConnectionTest() {
    looksIntoLibrary = true;
  }

  private static QuicMedium medium(TlsCredentials credentials) {
    return new QuicMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), QuicConfig.DEFAULT);
  }

  /// Where both ends are.
  String host() {
    return "127.0.0.1";
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen("quic://" + host() + ":0", loops, handler);
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return near;
  }

  @Override
  protected void closeMedium() {
    near.close();
    far.close();
  }
}

package dev.farcap.transport.tls;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import java.io.IOException;

class TlsConnectionTest extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  private final TlsMedium far = medium(ACCEPTOR);
  private final TlsMedium near = medium(DIALLER);

  TlsConnectionTest() {
    looksIntoLibrary = true;
  }

  private static TlsMedium medium(TlsCredentials credentials) {
    return new TlsMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), TlsConfig.DEFAULT);
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen("tls://127.0.0.1:0", loops, handler);
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

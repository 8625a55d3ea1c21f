package dev.farcap.transport.nic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// The contract over a wire between two network interfaces.
@Tag("netns")
class NicConnectionTest extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  /// Nobody says that nothing listens.
  private static final QuicConfig IMPATIENT = new QuicConfig(300, 10_000, 256, 4096, 30_000);

  private static Segment wire;

  private final NicMedium far = medium(ACCEPTOR, QuicConfig.DEFAULT);
  private final NicMedium near = medium(DIALLER, QuicConfig.DEFAULT);
  private final NicMedium impatient = medium(DIALLER, IMPATIENT);

  NicConnectionTest() {
    looksIntoLibrary = true;
  }

  private static NicMedium medium(TlsCredentials credentials, QuicConfig config) {
    return new NicMedium(
        () -> credentials, REALM.policy(), new TransportCounters(), new NicCounters(), config);
  }

  @BeforeAll
  static void layWire() throws IOException {
    Segment.assumePossible();
    wire = Segment.wire(1_500);
  }

  @AfterAll
  static void removeWire() {
    if (wire != null) {
      wire.close();
    }
  }

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen("nic://" + wire.nic(1), loops, handler);
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected String dialled(String listening) {
    return wire.address(0, 1);
  }

  @Override
  protected String unheard() {
    return "timed out: no answer to the attempt to connect";
  }

  @Override
  protected Dialer dialer() {
    return near;
  }

  @Override
  protected Dialer impatientDialer() {
    return impatient;
  }

  @Override
  protected void closeMedium() {
    impatient.close();
    near.close();
    far.close();
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicMedium;
import dev.farcap.transport.nic.Segment;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// What every connection promises, connections over Ethernet promise over a line that is late,
/// uneven and narrow in both directions, of both sides.
@Tag("netns")
class FaultyNicTest extends ConnectionContract {
  private static final TlsTestRealm REALM = TlsTestRealm.create();
  private static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  private static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  private static Segment wire;

  private final NicMedium far = medium(ACCEPTOR);
  private final NicMedium near = medium(DIALLER);
  private final FaultyLine farLine = FaultyInProcessTest.poorLine();
  private final FaultyLine nearLine = FaultyInProcessTest.poorLine();

  FaultyNicTest() {
    cycles = 500; // Each opens a socket and closes it, which takes the kernel 20 ms.
  }

  private static NicMedium medium(TlsCredentials credentials) {
    return new NicMedium(
        () -> credentials,
        REALM.policy(),
        new TransportCounters(),
        new NicCounters(),
        QuicConfig.DEFAULT);
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
    return far.listen("nic://" + wire.nic(1), loops, farLine.acceptor(handler));
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

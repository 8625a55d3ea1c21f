package dev.farcap.transport.faulty;

import dev.farcap.transport.Dialer;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicMedium;
import dev.farcap.transport.nic.Segment;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.tls.TlsCredentials;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// Over Ethernet.
@Tag("netns")
class FaultyNicTest extends FaultyMediumContract {
  /// Nobody says that nothing listens.
  private static final QuicConfig IMPATIENT = new QuicConfig(300, 10_000, 256, 4096, 30_000);

  private static Segment wire;

  private final NicMedium impatient = medium(DIALLER, IMPATIENT);

  FaultyNicTest() {
    super(medium(ACCEPTOR, QuicConfig.DEFAULT), medium(DIALLER, QuicConfig.DEFAULT));
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
  String listening() {
    return "nic://" + wire.nic(1);
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
  protected Dialer impatientDialer() {
    return over(impatient);
  }

  @Override
  protected void closeMedium() {
    impatient.close();
    super.closeMedium();
  }
}

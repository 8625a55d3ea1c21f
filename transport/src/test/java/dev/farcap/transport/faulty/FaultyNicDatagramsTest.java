package dev.farcap.transport.faulty;

import dev.farcap.transport.Dialer;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicDatagrams;
import dev.farcap.transport.nic.Segment;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/// In Ethernet frames.
@Tag("netns")
class FaultyNicDatagramsTest extends FaultyDatagramsContract {
  /// Nobody says that nothing listens.
  private static final QuicConfig IMPATIENT = new QuicConfig(300, 10_000, 256, 4096, 30_000);

  private static Segment wire;

  private final QuicMedium impatient = medium(DIALLER, IMPATIENT);

  FaultyNicDatagramsTest() {
    super(new NicDatagrams(new NicCounters()));
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
    return impatient;
  }

  @Override
  protected void closeMedium() {
    impatient.close();
    super.closeMedium();
  }
}

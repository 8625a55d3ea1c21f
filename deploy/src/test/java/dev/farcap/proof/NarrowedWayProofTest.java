package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.proof.ProcessPair.Network;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Packets that fitted do so no more, as where a tunnel is put in between: what is small still
/// arrives, what is large does not. [EthernetProofTest] has the same of Ethernet without IP.
@Tag("netns")
@Timeout(240)
class NarrowedWayProofTest {
  private static final String CLIENT = "10.9.0.1";
  private static final String SERVER = "10.9.0.2";
  private static final int NARROWER = 1_300;

  @TempDir private Path folder;

  @BeforeAll
  static void needsRoot() {
    NetworkSegment.assumePossible();
  }

  @Test
  void aLinkOverQuicGoesOnByAConnectionThatFitsAndLosesNothing() throws Exception {
    try (NetworkSegment segment = NetworkSegment.of(2)) {
      segment.host(0).setAddress(CLIENT + "/24");
      segment.host(1).setAddress(SERVER + "/24");
      String address = "quic://" + SERVER + ":7443";
      Network network = new Network(segment.host(1).inside(), segment.host(0).inside());
      try (Workload work = Workload.begin(folder, address, address, network)) {
        work.assertRomArrives();
        double before = work.pair().client().metric("farcap_link_resumes_total");

        segment.setMtu(NARROWER);
        work.assertRomArrives();

        double resumed = work.pair().client().metric("farcap_link_resumes_total") - before;
        assertTrue(resumed >= 1, "no packet was too large");
        work.awaitMore();
        work.assertExactlyOnce();
      }
    }
  }
}

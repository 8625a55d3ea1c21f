package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.node.NodeStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.PathStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Hosts that share nothing but an Ethernet segment: calls, lines and files cross it without IP,
/// and what befalls its frames loses and doubles none. [EthernetStrangerProofTest] has what others
/// do there.
@Tag("netns")
@Timeout(240)
class EthernetProofTest {
  private static final Duration OUTAGE = Duration.ofSeconds(5);
  private static final int LOST_PERCENT = 5;
  private static final int LOST_MIN = 100;

  @TempDir private Path folder;

  @BeforeAll
  static void needsRoot() {
    NetworkSegment.assumePossible();
  }

  @Test
  void statusAndMetricsTellWhatTheNetworkDoes() throws Exception {
    try (NetworkSegment segment = NetworkSegment.of(2);
        Workload work = Workload.begin(folder, segment.host(0), segment.host(1))) {
      assertNetworkTold(work.pair().client());
      assertNetworkTold(work.pair().server());
    }
  }

  private static void assertNetworkTold(ProxyProcess proxy) throws Exception {
    Until.holds("a way is known", () -> link(proxy).path() != null);
    LinkStatus link = link(proxy);
    assertEquals("nic", link.medium());
    PathStatus path = Objects.requireNonNull(link.path(), "the way was known");
    assertTrue(path.roundTripMicros() > 0, path.toString());
    assertTrue(path.packetBytesMax() >= 1_200 && path.packetBytesMax() <= 1_492, path.toString());
    long packets = Objects.requireNonNull(path.packetsSent(), "QUIC counts");
    assertTrue(packets > 0, path.toString());
    assertNotNull(path.packetsLost());

    double frames =
        proxy.metric("farcap_nic_frames_total", "out")
            + proxy.metric("farcap_nic_frames_total", "unsent");
    assertTrue(frames >= packets, frames + " frames, " + packets + " packets");
    assertTrue(proxy.metric("farcap_nic_frames_total", "in") > 0);
    assertEquals(0, proxy.metric("farcap_nic_frames_total", "malformed"));
    assertTrue(proxy.metric("farcap_nic_frames_total", "overrun") >= 0);
  }

  private static LinkStatus link(ProxyProcess proxy) throws Exception {
    return NodeStatus.read(proxy.page("status")).links().getFirst();
  }

  @Test
  void nothingIsLostOrDoneTwiceWhileAnInterfaceIsDown() throws Exception {
    try (NetworkSegment segment = NetworkSegment.of(2);
        Workload work = Workload.begin(folder, segment.host(0), segment.host(1))) {
      takeDown(segment.host(0), work.pair().client());
      work.awaitMore();
      takeDown(segment.host(1), work.pair().server());
      work.awaitMore();

      work.assertRomArrives();
      work.assertExactlyOnce();
    }
  }

  private static void takeDown(NetworkHost host, ProxyProcess proxy) throws Exception {
    double before = proxy.metric("farcap_nic_frames_total", "unsent");
    host.down();
    Until.passed(System.nanoTime() + OUTAGE.toNanos());
    host.up();
    double unsent = proxy.metric("farcap_nic_frames_total", "unsent") - before;
    assertTrue(unsent > 0, "nothing was to be sent meanwhile");
  }

  /// An interface that takes less than before has the link connected anew, with frames that fit.
  @Test
  void nothingIsLostOrDoneTwiceWhereOneOfTwentyFramesIsDroppedAndTheMtuShrinks() throws Exception {
    try (NetworkSegment segment = NetworkSegment.of(2)) {
      segment.setMtu(9_000);
      segment.host(0).lose(LOST_PERCENT);
      segment.host(1).lose(LOST_PERCENT);
      try (Workload work = Workload.begin(folder, segment.host(0), segment.host(1))) {
        work.assertRomArrives();
        for (int mtu : new int[] {1_500, 1_280}) {
          double resumed = work.pair().client().metric("farcap_link_resumes_total");
          segment.setMtu(mtu);
          Until.holds(
              "a link with frames that fit",
              () -> work.pair().client().metric("farcap_link_resumes_total") > resumed);
          work.awaitMore();
          work.assertRomArrives();
        }

        awaitLost(segment.host(0));
        awaitLost(segment.host(1));
        work.assertExactlyOnce();
      }
    }
  }

  private static void awaitLost(NetworkHost host) throws Exception {
    Until.holds("dropped frames", () -> host.lost() >= LOST_MIN);
  }

  /// One with hosts of its own, one with another port at the same hosts; each of a realm of its
  /// own.
  @Test
  void pairsOnOneSegmentLeaveEachOtherAlone() throws Exception {
    try (NetworkSegment segment = NetworkSegment.of(4);
        Workload one = Workload.begin(sub("one"), segment.host(0), segment.host(1));
        Workload beside = Workload.begin(sub("beside"), segment.host(2), segment.host(3));
        Workload within =
            Workload.begin(sub("within"), segment.host(0), segment.host(1), "?port=2")) {
      one.awaitMore();
      beside.awaitMore();
      within.awaitMore();

      beside.assertExactlyOnce();
      within.pair().server().kill();
      one.awaitMore();
      one.assertRomArrives();

      one.assertExactlyOnce();
      for (ProxyProcess proxy : new ProxyProcess[] {one.pair().client(), one.pair().server()}) {
        assertEquals(0, proxy.metric("farcap_medium_handshakes_refused_total"));
        assertEquals(0, proxy.metric("farcap_link_resumes_total"));
        assertEquals(0, proxy.metric("farcap_nic_frames_total", "malformed"));
      }
    }
  }

  private Path sub(String name) throws Exception {
    return Files.createDirectory(folder.resolve(name));
  }
}

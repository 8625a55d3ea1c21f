package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.node.NodeStatus;
import dev.farcap.node.NodeStatus.BundleStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.PathStatus;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What `farcap status` shows of a link and its network.
final class StatusTextTest {
  @Test
  void tcpTellsWhatWasSentAgain() {
    PathStatus path = new PathStatus(412, null, null, 3, 1_448);

    assertEquals(
        List.of(
            "  farcap://lab/host-b up for 61 s, tls, round trip 530 µs, 2 sessions opened,"
                + " 1 hosted, 4 calls",
            "    network: round trip 412 µs, 3 sent again, up to 1448 bytes each"),
        linesOf(linkOver("tls", path, null)));
  }

  @Test
  void quicTellsWhatWasSentAndLostToo() {
    PathStatus path = new PathStatus(412, 90_210L, 17L, 12, 1_452);

    assertEquals(
        List.of(
            "  farcap://lab/host-b up for 61 s, quic, round trip 530 µs, 2 sessions opened,"
                + " 1 hosted, 4 calls",
            "    network: round trip 412 µs, 90210 packets sent, 17 lost, 12 sent again, up to 1452"
                + " bytes each"),
        linesOf(linkOver("quic", path, null)));
  }

  @Test
  void rawEthernetTellsTheSame() {
    PathStatus path = new PathStatus(38, 5_000_000_000L, 0L, 0, 8_992);

    assertEquals(
        List.of(
            "  farcap://lab/host-b up for 61 s, nic, round trip 530 µs, 2 sessions opened,"
                + " 1 hosted, 4 calls",
            "    network: round trip 38 µs, 5000000000 packets sent, 0 lost, 0 sent again, up to"
                + " 8992 bytes each"),
        linesOf(linkOver("nic", path, null)));
  }

  @Test
  void sharedMemoryHasNoNetwork() {
    assertEquals(
        List.of(
            "  farcap://lab/host-b up for 61 s, shm, round trip 530 µs, 2 sessions opened,"
                + " 1 hosted, 4 calls"),
        linesOf(linkOver("shm", null, null)));
  }

  /// Beside the network of the address that is in use.
  @Test
  void aLinkTellsWhyItsOtherAddressesAreOfNoUse() {
    String failure = "quic://10.0.0.2:7443: refused: nothing listens there";
    PathStatus path = new PathStatus(412, null, null, 0, 1_448);

    assertEquals(
        List.of(
            "    network: round trip 412 µs, 0 sent again, up to 1448 bytes each",
            "    " + failure),
        linesOf(linkOver("tls", path, failure)).subList(1, 3));
  }

  @Test
  void aLinkThatNeverWasHasNoMedium() {
    LinkStatus link =
        new LinkStatus("farcap://lab/host-b", "new", 1_999, null, 0, null, 0, 0, 0, null);

    assertEquals(
        List.of(
            "  farcap://lab/host-b new for 1 s, -, round trip 0 µs, 0 sessions opened, 0 hosted,"
                + " 0 calls"),
        linesOf(link));
  }

  private static LinkStatus linkOver(
      String medium, @Nullable PathStatus path, @Nullable String failure) {
    return new LinkStatus("farcap://lab/host-b", "up", 61_234, medium, 530, path, 2, 1, 4, failure);
  }

  private static List<String> linesOf(LinkStatus link) {
    NodeStatus status =
        new NodeStatus(
            "farcap://lab/host-a",
            "client-proxy",
            "2026-11-20T21:00:18Z",
            true,
            "2027-02-18T21:00:18Z",
            new BundleStatus(1, "00"),
            List.of(),
            List.of(link),
            2,
            1,
            List.of(),
            null,
            null,
            List.of(),
            List.of());
    List<String> lines = new StatusText(status).lines();
    return lines.subList(lines.indexOf("links:") + 1, lines.size());
  }
}

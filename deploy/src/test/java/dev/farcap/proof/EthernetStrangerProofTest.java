package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A third host of the segment hears the link between two others from its first frame on, and sends
/// what it likes as fast as it can: calls go on, none is lost or done twice, memory stays, and the
/// counters tell. `src/test/python/stranger.py` has what it sends.
@Tag("netns")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(240)
class EthernetStrangerProofTest {
  /// Of each flood. A frame of which a hundred bytes stayed would be seen.
  private static final int FRAMES_MIN =
      Boolean.getBoolean("farcap.proof.long") ? 3_000_000 : 60_000;

  /// Frames of a flood go to either proxy or both, and the kernel drops those that a hub, an
  /// interface or a socket has no room for; what is left is counted: a quarter and more where
  /// nobody else takes the processors.
  private static final int COUNTED_SHARE = 50;

  private static final int CALLS_MEANWHILE = 50;
  private static final int CLAIMS = 5;
  private static final int LOST_PERCENT = 5;

  /// What a proxy may hold more than before the first flood: the flood runs code that is compiled.
  private static final long RESIDENT_KIB_MAX = 48 << 10;

  private static final long HEAP_KIB_MAX = 24 << 10;

  /// What the stranger says of a scenario.
  private static final Pattern SAID = Pattern.compile("(\\d+) frames sent, (\\d+) taken");

  @TempDir private static Path folder;
  @AutoClose private NetworkSegment segment;
  @AutoClose private OtherProgram stranger;
  @AutoClose private Workload work;
  private ProxyProcess server;
  private Held clientBefore;
  private Held serverBefore;

  @BeforeAll
  void start() throws Exception {
    NetworkSegment.assumePossible();
    segment = NetworkSegment.of(3);
    segment.host(2).setMtu(9_000);
    stranger =
        DebianPython.start(
            segment.host(2).inside(),
            "stranger.py",
            Map.of(
                "NIC", NetworkHost.NIC,
                "CLIENT", segment.host(0).mac(),
                "SERVER", segment.host(1).mac()));
    work = Workload.begin(folder, segment.host(0), segment.host(1));
    work.awaitMore();
    server = work.pair().server();
    clientBefore = Held.by(work.pair().client());
    serverBefore = Held.by(server);
  }

  @AfterEach
  void callsGoOn() throws Exception {
    work.awaitMore();
    work.assertUndisturbed();
  }

  @AfterAll
  void nothingIsLostOrDoneTwiceAndMemoryStays() throws Exception {
    if (serverBefore != null) {
      work.assertExactlyOnce();
      assertFlat(clientBefore, work.pair().client());
      assertFlat(serverBefore, server);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "garbage, in",
    "truncated, malformed",
    "oversized, malformed",
    "replayed, in",
    "spoofed, in"
  })
  void aFloodIsCountedWhileCallsGoOn(String frames, String fate) throws Exception {
    double before = frames(fate);
    double unreadBefore = frames("overrun");

    long sent = flood(frames);

    double counted = frames(fate) - before;
    double unread = frames("overrun") - unreadBefore;
    System.out.printf("%s: %d sent, %.0f %s, %.0f unread%n", frames, sent, counted, fate, unread);
    assertTrue(counted > 0, () -> fate + " " + counted);
    assertTrue(counted + unread >= (double) sent / COUNTED_SHARE, () -> counted + " " + unread);
  }

  @Test
  void anotherHardwareAddressCannotTakeTheLinkOver() throws Exception {
    double before = server.metric("farcap_medium_packets_stray_total", "nic");

    long sent = flood("claimed");

    double stray = server.metric("farcap_medium_packets_stray_total", "nic") - before;
    System.out.printf("claimed: %d sent, %.0f stray%n", sent, stray);
    assertTrue(stray > 0);
  }

  /// So its copy often is the only one, and newer than all that the server has.
  @Test
  void norDoesItWhereFramesOfThePeerAreLost() throws Exception {
    double before = server.metric("farcap_medium_packets_stray_total", "nic");
    double resumedBefore = server.metric("farcap_link_resumes_total");
    segment.host(1).lose(LOST_PERCENT);
    try {
      for (int i = 0; i < CLAIMS; i++) {
        Said said = play("take over");

        assertEquals(0, said.taken());
        work.awaitMore();
      }
    } finally {
      segment.host(1).loseNone();
    }

    assertTrue(server.metric("farcap_medium_packets_stray_total", "nic") > before);
    assertEquals(resumedBefore, server.metric("farcap_link_resumes_total"));
  }

  private double frames(String fate) throws IOException {
    return server.metric("farcap_nic_frames_total", fate);
  }

  /// Sends without a pause, until there were many frames and some calls beside them.
  ///
  /// @return how many frames
  private long flood(String frames) throws Exception {
    int before = work.calls();
    long end = System.nanoTime() + Until.PATIENCE.toNanos();
    long sent = 0;
    while (sent < FRAMES_MIN || work.calls() < before + CALLS_MEANWHILE) {
      sent += play(frames).sent();
      if (sent >= FRAMES_MIN && System.nanoTime() > end) {
        throw new AssertionError(work.calls() - before + " calls beside " + sent + " " + frames);
      }
    }
    return sent;
  }

  private record Said(long sent, long taken) {}

  private Said play(String scenario) throws Exception {
    List<String> said = stranger.play(scenario);
    Matcher counts = SAID.matcher(String.join(" ", said));
    assertTrue(counts.find(), said::toString);
    return new Said(Long.parseLong(counts.group(1)), Long.parseLong(counts.group(2)));
  }

  private record Held(long residentKib, long heapKib) {
    static Held by(ProxyProcess proxy) throws IOException {
      long heapKib = proxy.heapKib();
      return new Held(proxy.residentKib(), heapKib);
    }
  }

  private static void assertFlat(Held before, ProxyProcess proxy) throws IOException {
    Held now = Held.by(proxy);
    String change = before + ", now " + now;
    System.out.println("before the floods " + change);
    assertTrue(now.residentKib() <= before.residentKib() + RESIDENT_KIB_MAX, change);
    assertTrue(now.heapKib() <= before.heapKib() + HEAP_KIB_MAX, change);
  }
}

package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.PathFacts;
import dev.farcap.transport.Recorder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Packets are as large as the narrowest stretch of the way takes, be it the own interface or one
/// behind a router, and nobody cuts them into fragments.
@Tag("netns")
@Timeout(120)
class QuicPathTest {
  private static final int NARROW = 1_400;

  @BeforeAll
  static void needsRoot() {
    RoutedHosts.assumePossible();
  }

  private static QuicEnds ends(RoutedHosts hosts, String address) throws Exception {
    return hosts.far.inside(
        () ->
            new QuicEnds(
                loop(hosts.far),
                loop(hosts.near),
                address,
                () -> QuicEnds.FAR,
                QuicEnds.REALM.policy(),
                QuicConfig.DEFAULT));
  }

  private static EventLoopGroup loop(Namespace host) {
    return new MultiThreadIoEventLoopGroup(1, host.threads(), EpollIoHandler.newFactory());
  }

  /// The last one listens for IPv4 by a socket of IPv6.
  @ParameterizedTest
  @CsvSource({
    "quic://10.0.2.2:0, 10.0.2.2, 1372",
    "quic://[fd00:2::2]:0, [fd00:2::2], 1352",
    "quic://[::]:0, 10.0.2.2, 1372"
  })
  void packetsFillTheNarrowestStretchAndAreNotCut(String listening, String host, int packetBytes)
      throws Exception {
    try (RoutedHosts hosts = RoutedHosts.join(NARROW);
        QuicEnds ends = ends(hosts, listening)) {
      Recorder near = dial(ends, host);
      Recorder far = ends.awaitAccepted();

      awaitPacketBytes(packetBytes, near, far);
      awaitPacketBytes(packetBytes, far, near);
      assertCarriesMuch(near, far);
      assertCarriesMuch(far, near);

      assertEquals(packetBytes, packetBytes(near));
      assertEquals(packetBytes, packetBytes(far));
      assertEquals(0, hosts.fragments());
    }
  }

  private static Recorder dial(QuicEnds ends, String host) {
    QuicMedium medium =
        ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
    return ends.dial(medium, "quic://" + host + ":" + ends.port()).join();
  }

  /// Probes are sent with other packets, so some are.
  private static void awaitPacketBytes(int expected, Recorder end, Recorder other) {
    Recorder.awaitThat(
        "packets of " + expected + " bytes",
        () -> {
          int before = other.frameCount();
          end.send(new byte[10_000]);
          other.awaitFrames(before + 1);
          return packetBytes(end) == expected;
        });
  }

  private static int packetBytes(Recorder end) {
    AtomicInteger found = new AtomicInteger();
    end.onLoop(
        () -> {
          PathFacts path = end.connection().path();
          found.set(path == null ? -1 : path.packetBytesMax());
        });
    return found.get();
  }

  /// 4 MiB.
  private static void assertCarriesMuch(Recorder from, Recorder to) {
    Random random = new Random(1);
    List<byte[]> sent = Stream.generate(() -> new byte[65_536]).limit(64).toList();
    sent.forEach(random::nextBytes);
    int before = to.frameCount();

    from.send(sent.toArray(byte[][]::new));
    to.awaitFrames(before + sent.size());

    List<byte[]> received = to.frames().subList(before, before + sent.size());
    for (int i = 0; i < sent.size(); i++) {
      assertArrayEquals(sent.get(i), received.get(i), "frame " + i);
    }
  }
}

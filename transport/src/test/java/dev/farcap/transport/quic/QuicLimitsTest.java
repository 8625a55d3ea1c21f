package dev.farcap.transport.quic;

import static dev.farcap.transport.Recorder.reasonOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.HostAddress;
import dev.farcap.transport.PathFacts;
import dev.farcap.transport.Recorder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Time, numbers and addresses of QUIC connections, and the reasons why there is none.
class QuicLimitsTest {
  private static final QuicConfig IMPATIENT = new QuicConfig(300, 300, 256, 4096, 30_000);

  // Time.

  @Test
  void anAddressThatNeverAnswersTimesOut() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      QuicMedium medium = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);

      String reason = reasonOf(ends.dial(medium, "quic://127.0.0.1:" + silent.getLocalPort()));

      assertTrue(reason.endsWith(": timed out: no answer to the attempt to connect"), reason);
    }
  }

  @Test
  void aDiallerThatSaysNoMoreIsForgotten() throws Exception {
    try (QuicEnds ends = new QuicEnds(IMPATIENT);
        DatagramSocket relay = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      QuicMedium medium = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);
      CompletableFuture<Recorder> dial =
          ends.dial(medium, "quic://127.0.0.1:" + relay.getLocalPort());

      // The first flight goes through, and nothing comes back.
      for (int packet = 0; packet < 2; packet++) {
        forward(relay, ends.port());
      }

      ends.awaitRefused(1);
      assertNotNull(reasonOf(dial));
      ends.assertOthersAreServed();
    }
  }

  private static void forward(DatagramSocket relay, int port) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    relay.setSoTimeout(20_000);
    relay.receive(packet);
    packet.setAddress(InetAddress.getLoopbackAddress());
    packet.setPort(port);
    relay.send(packet);
  }

  @Test
  void aPeerThatFallsSilentIsGivenUp() throws Exception {
    QuicConfig shortly = QuicConfig.DEFAULT.withIdleTimeoutMs(300);
    try (QuicEnds ends = new QuicEnds(shortly)) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();

      assertEquals("timed out: nothing came from the peer", near.awaitClosed());
      assertEquals("timed out: nothing came from the peer", ends.awaitAccepted().awaitClosed());
    }
  }

  @Test
  void anUnknownHostIsNamedSo() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);

      String reason = reasonOf(ends.dial(medium, "quic://no-such-host.invalid:7443"));

      assertEquals("quic://no-such-host.invalid:7443: unknown host", reason);
    }
  }

  @Test
  void aClosedMediumDialsNoMore() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      medium.close();

      String reason = reasonOf(ends.dial(medium, ends.address()));

      assertTrue(reason.endsWith("the medium is closed"), reason);
    }
  }

  // Numbers.

  @Test
  void tooManyInHandshakeAreDroppedAndRoomIsGivenBack() throws Exception {
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 500, 1, 4096, 30_000));
        DatagramSocket relay = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      // It says no more after its first flight, and there is room for one.
      QuicMedium stuck = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);
      CompletableFuture<Recorder> first =
          ends.dial(stuck, "quic://127.0.0.1:" + relay.getLocalPort());
      forward(relay, ends.port());
      forward(relay, ends.port());

      assertNotNull(reasonOf(first));
      ends.assertOthersAreServed();
    }
  }

  @Test
  void whileManyShakeHandsAPeerProvesItsAddressFirst() throws Exception {
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 1_000, 4, 4096, 30_000));
        DatagramSocket relay = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      QuicMedium stuck = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);
      CompletableFuture<Recorder> first =
          ends.dial(stuck, "quic://127.0.0.1:" + relay.getLocalPort());
      forward(relay, ends.port());
      forward(relay, ends.port());

      // A quarter of the handshakes is under way: Retry, and it works.
      ends.assertOthersAreServed();
      assertNotNull(reasonOf(first));
    }
  }

  @Test
  void tooManyConnectionsAreDroppedAndRoomIsGivenBack() throws Exception {
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 10_000, 256, 1, 30_000))) {
      Recorder only = ends.dial(QuicEnds.NEAR).join();
      Recorder far = ends.awaitAccepted();
      QuicMedium impatient = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);

      assertNotNull(reasonOf(ends.dial(impatient, ends.address())));
      ends.awaitRefused(1);

      only.close("make room");
      far.awaitClosed();
      Recorder.awaitThat(
          "room", () -> ends.dial(QuicEnds.NEAR).handle((near, _) -> near != null).join());
    }
  }

  @Test
  void garbageIsDroppedAndOthersAreServed() throws Exception {
    long seed = System.nanoTime();
    System.out.println("garbage, seed " + seed);
    Random random = new Random(seed);
    try (QuicEnds ends = new QuicEnds();
        DatagramSocket stranger = new DatagramSocket()) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();
      Recorder far = ends.awaitAccepted();
      for (int i = 0; i < 2_000; i++) {
        byte[] bytes = new byte[random.nextInt(1_500)];
        random.nextBytes(bytes);
        stranger.send(
            new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), ends.port()));
      }

      near.send(Recorder.bytes("still there"));
      far.awaitFrames(1);
      ends.assertOthersAreServed();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void limitsAreAtLeastOne(int wrong) {
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> new QuicConfig(1, 1, wrong, 1, 1))
                .getMessage());

    assertEquals("handshakesMax is " + wrong + ", at least 1", message);
  }

  // The way.

  @Test
  void theWayToThePeerIsKnown() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();
      near.send(Recorder.bytes("there"));
      Recorder far = ends.awaitAccepted();
      far.awaitFrames(1);
      far.send(Recorder.bytes("and back"));
      near.awaitFrames(1);

      AtomicReference<PathFacts> found = new AtomicReference<>();
      near.onLoop(() -> found.set(near.connection().path()));

      PathFacts path = found.get();
      assertTrue(path.roundTripNanos() > 0, path.toString());
      assertTrue(path.packetsSent() > 0, path.toString());
      assertTrue(path.packetBytesMax() >= 1_200, path.toString());
    }
  }

  @Test
  void largerPacketsAreFoundToArrive() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();
      Recorder far = ends.awaitAccepted();
      AtomicReference<PathFacts> found = new AtomicReference<>();

      Recorder.awaitThat(
          "packets of 1452 bytes",
          () -> {
            int before = far.frameCount();
            near.send(new byte[10_000]);
            far.awaitFrames(before + 1);
            near.onLoop(() -> found.set(near.connection().path()));
            return found.get().packetBytesMax() == 1_452;
          });
    }
  }

  // Addresses.

  @ParameterizedTest
  @ValueSource(strings = {"quic://", "quic://host", "quic://host:65536", "tls://host:1", "host:1"})
  void anAddressOfAnotherFormIsRefused(String address) {
    assertThrows(IllegalArgumentException.class, () -> QuicMedium.checkAddress(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"quic://host-b.example:7443", "quic://[fe80::1%2]:80"})
  void anAddressReadsAsItIsWritten(String address) {
    assertEquals(address, HostAddress.parse("quic", address).toString());
  }

  @Test
  void ipv6Works() throws Exception {
    assertServes(epoll(), "quic://[::1]:0");
  }

  @Test
  void namesAreResolved() throws Exception {
    assertServes(epoll(), "quic://localhost:0");
  }

  @Test
  void loopsWithoutEpollWorkToo() throws Exception {
    assertServes(
        new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory()), "quic://127.0.0.1:0");
  }

  private static EventLoopGroup epoll() {
    return new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  }

  private static void assertServes(EventLoopGroup loops, String address) throws IOException {
    try (QuicEnds ends =
        new QuicEnds(
            loops, address, () -> QuicEnds.FAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT)) {
      ends.assertOthersAreServed();
    }
  }
}

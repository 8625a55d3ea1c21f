package dev.farcap.transport.quic;

import static dev.farcap.transport.Recorder.reasonOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
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
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Time, numbers and addresses of QUIC connections, and the reasons why there is none.
class QuicLimitsTest {
  /// Of the first byte of a long header (RFC 9000 section 17.2).
  private static final int LONG_AND_TYPE = 0b1011_0000;

  /// No socket may send there unasked: it fails at once, as where there is no route.
  private static final InetAddress ALL_HOSTS = InetAddress.ofLiteral("255.255.255.255");

  private static final int INITIAL = 0b1000_0000;
  private static final int RETRY = 0b1011_0000;

  /// A dialler's; an acceptor must also serve a good peer, be the machine ever so busy.
  private static final QuicConfig IMPATIENT = new QuicConfig(300, 300, 256, 4096, 30_000);

  /// At once and after a second. An end that is not heard of is waited for for three.
  private static final QuicConfig ASKING_TWICE = new QuicConfig(2_500, 10_000, 256, 4096, 30_000);

  /// One of four in handshake is a crowd; its place is given back in time to end the test.
  private static final QuicConfig CROWDED = new QuicConfig(5_000, 5_000, 4, 4096, 30_000);

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
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 2_000, 256, 4096, 30_000))) {
      try (Stuck stuck = new Stuck(ends)) {
        stuck.forward(ends.port());

        ends.awaitRefused(1);
        assertNotNull(reasonOf(stuck.dial));
      }
      ends.assertOthersAreServed();
    }
  }

  /// A dialler whose first flight gets through, and nothing else.
  private static final class Stuck implements AutoCloseable {
    private static final int FIRST_FLIGHT = 2;

    final CompletableFuture<Recorder> dial;
    private final DatagramSocket relay = new DatagramSocket(0, InetAddress.getLoopbackAddress());

    Stuck(QuicEnds ends) throws IOException {
      relay.setSoTimeout(20_000);
      QuicMedium medium = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);
      dial = ends.dial(medium, "quic://127.0.0.1:" + relay.getLocalPort());
    }

    void forward(int port) throws IOException {
      for (int packet = 0; packet < FIRST_FLIGHT; packet++) {
        relay.send(to(port, take()));
      }
    }

    /// Its next packet.
    byte[] take() throws IOException {
      return receive(relay);
    }

    @Override
    public void close() {
      relay.close();
    }
  }

  private static byte[] receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private static DatagramPacket to(int port, byte[] bytes) {
    return new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port);
  }

  @Test
  void aPeerThatFallsSilentIsGivenUp() throws Exception {
    QuicConfig shortly = QuicConfig.DEFAULT.withIdleTimeoutMs(2_000);
    try (QuicEnds ends = new QuicEnds(shortly)) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();

      assertEquals("timed out: nothing came from the peer", near.awaitClosed());
      assertEquals("timed out: nothing came from the peer", ends.awaitAccepted().awaitClosed());
    }
  }

  @Test
  void whatWasFlushedBeforeTheEndArrivesThoughTheNetworkIsAwayForASecond() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator network = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + network.port()).join();
      Recorder far = ends.awaitAccepted();

      network.setBroken(true);
      near.send(Recorder.bytes("last words"));
      near.close("done");
      long begun = System.nanoTime();
      Recorder.awaitThat(
          "a second", () -> System.nanoTime() - begun > TimeUnit.MILLISECONDS.toNanos(1_200));
      network.setBroken(false);

      far.awaitFrames(1);
      assertEquals("the peer closed the connection", far.awaitClosed());
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
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 3_000, 1, 4096, 30_000));
        Stuck stuck = new Stuck(ends)) {
      QuicMedium impatient = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), IMPATIENT);
      stuck.forward(ends.port());

      String reason = reasonOf(ends.dial(impatient, ends.address()));

      assertTrue(reason.endsWith(": timed out: no answer to the attempt to connect"), reason);
      ends.awaitRefused(1);
      assertNotNull(reasonOf(stuck.dial));
      Recorder.awaitThat("room", () -> isServed(ends));
    }
  }

  @Test
  void whileManyShakeHandsAPeerProvesItsAddressFirst() throws Exception {
    try (QuicEnds ends = new QuicEnds(CROWDED);
        Stuck first = new Stuck(ends);
        Stuck second = new Stuck(ends)) {
      byte quiet = answerTo(first.take(), ends.port());
      // One of four is under way now.
      byte crowded = answerTo(second.take(), ends.port());

      assertEquals(INITIAL, quiet & LONG_AND_TYPE);
      assertEquals(RETRY, crowded & LONG_AND_TYPE);
      ends.assertOthersAreServed();
      assertNotNull(reasonOf(first.dial));
      assertNotNull(reasonOf(second.dial));
    }
  }

  /// The first byte of what is answered to a packet.
  private static byte answerTo(byte[] packet, int port) throws IOException {
    try (DatagramSocket stranger = new DatagramSocket()) {
      stranger.setSoTimeout(20_000);
      stranger.send(to(port, packet));
      return receive(stranger)[0];
    }
  }

  /// Nobody is asked to send more to a forged address than it takes to ask.
  @Test
  void aShortFirstPacketIsNotAnswered() throws Exception {
    try (QuicEnds ends = new QuicEnds(CROWDED);
        Stuck crowd = new Stuck(ends);
        Stuck other = new Stuck(ends);
        DatagramSocket stranger = new DatagramSocket()) {
      stranger.setSoTimeout(20_000);
      crowd.forward(ends.port());
      byte[] whole = other.take();

      stranger.send(to(ends.port(), Arrays.copyOf(whole, 1_199)));
      stranger.send(to(ends.port(), Arrays.copyOf(whole, 40)));
      stranger.send(to(ends.port(), whole));

      // The one answer is to the whole packet: nothing else comes until another is sent.
      assertEquals(RETRY, receive(stranger)[0] & LONG_AND_TYPE);
      ends.assertOthersAreServed();
      stranger.setSoTimeout(1);
      assertThrows(SocketTimeoutException.class, () -> receive(stranger));
      assertNotNull(reasonOf(crowd.dial));
      assertNotNull(reasonOf(other.dial));
    }
  }

  @Test
  void aFloodOfUnprovenPeersAtTheBoundIsNoRefusalAndOthersAreServed() throws Exception {
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 20_000, 256, 1, 30_000));
        Stuck forger = new Stuck(ends);
        DatagramSocket stranger = new DatagramSocket()) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();
      Recorder far = ends.awaitAccepted();
      byte[] packet = forger.take();

      for (int i = 0; i < 1_000; i++) {
        stranger.send(to(ends.port(), packet));
      }

      near.send(Recorder.bytes("still there"));
      far.awaitFrames(1);
      assertEquals(0, ends.counters.snapshot().handshakesRefused());
      assertNotNull(reasonOf(forger.dial));
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
      Recorder.awaitThat("room", () -> isServed(ends));
    }
  }

  /// The library would not say the end where there is no room for it.
  @Test
  void roomIsGivenBackSoonWhereTheOtherEndWasSendingAsFastAsItCould() throws Exception {
    try (QuicEnds ends = new QuicEnds(new QuicConfig(5_000, 10_000, 256, 1, 30_000))) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();
      Recorder far = ends.awaitAccepted();
      QuicMedium twice = ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), ASKING_TWICE);

      near.onLoop(() -> IntStream.range(0, 20).forEach(_ -> near.send(new byte[60_000])));
      far.close("enough");
      assertEquals("the peer closed the connection", near.awaitClosed());

      ends.dial(twice, ends.address()).join().send(Recorder.bytes("there is room"));
      ends.awaitAccepted().awaitFrames(1);
    }
  }

  private static boolean isServed(QuicEnds ends) {
    return ends.dial(QuicEnds.NEAR).handle((near, _) -> near != null).join();
  }

  @Test
  void aClosedAcceptorsAddressIsFreeAtOnce() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      String address = "quic://127.0.0.1:0";
      for (int i = 0; i < 100; i++) {
        try (Acceptor again = medium.listen(address, ends.loops, Recorder::new)) {
          address = again.address();
        }
      }
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

      AtomicReference<@Nullable PathFacts> found = new AtomicReference<>();
      near.onLoop(() -> found.set(near.connection().path()));

      PathFacts path = Objects.requireNonNull(found.get());
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
      AtomicReference<@Nullable PathFacts> found = new AtomicReference<>();

      Recorder.awaitThat(
          "packets of 1452 bytes",
          () -> {
            int before = far.frameCount();
            near.send(new byte[10_000]);
            far.awaitFrames(before + 1);
            near.onLoop(() -> found.set(near.connection().path()));
            return Objects.requireNonNull(found.get()).packetBytesMax() == 1_452;
          });
    }
  }

  // Addresses.

  @ParameterizedTest
  @ValueSource(strings = {"quic://", "quic://host", "quic://host:65536", "tls://host:1", "host:1"})
  void anAddressOfAnotherFormIsRefused(String address) {
    assertThrows(IllegalArgumentException.class, () -> HostAddress.parse("quic", address));
  }

  @Test
  void whereOneAddressOfANameCannotBeReachedTheNextIsTried() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      InetSocketAddress unreachable = new InetSocketAddress(ALL_HOSTS, ends.port());
      InetSocketAddress good = new InetSocketAddress(InetAddress.getLoopbackAddress(), ends.port());
      QuicMedium medium = ends.medium(new NamedDatagrams(_ -> List.of(unreachable, good)));

      Recorder near = ends.dial(medium, "quic://both:1").join();

      near.send(Recorder.bytes("here"));
      ends.awaitAccepted().awaitFrames(1);
      assertEquals(0, ends.nearCounters.snapshot().handshakesRefused());
    }
  }

  @Test
  void whereNoAddressOfANameCanBeReachedThatIsTheReason() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      InetSocketAddress unreachable = new InetSocketAddress(ALL_HOSTS, ends.port());
      QuicMedium medium = ends.medium(new NamedDatagrams(_ -> List.of(unreachable)));

      String reason = reasonOf(ends.dial(medium, "quic://none:1"));

      assertTrue(reason.startsWith("quic://none:1: cannot connect: "), reason);
    }
  }

  @Test
  void aFailureToResolveIsTheOutcomeOfItsDial() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      QuicMedium medium =
          ends.medium(
              new NamedDatagrams(
                  _ -> {
                    throw new IllegalStateException("thrown on purpose");
                  }));

      String reason = reasonOf(ends.dial(medium, "quic://broken:1"));

      assertTrue(reason.endsWith("thrown on purpose"), reason);
    }
  }

  @Test
  void whatThisMachineLacksIsNamedInTheOutcomeOfTheDial() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      QuicMedium medium =
          ends.medium(
              new NamedDatagrams(
                  _ -> {
                    throw new ExceptionInInitializerError(
                        new NoSuchElementException("Symbol not found: sendmmsg"));
                  }));

      String reason = reasonOf(ends.dial(medium, "quic://lacking:1"));

      assertEquals(
          "quic://lacking:1: this machine lacks what it takes:"
              + " java.util.NoSuchElementException: Symbol not found: sendmmsg",
          reason);
    }
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

  /// By whichever a dialler prefers.
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "[::1]"})
  void whoListensAtAllAddressesIsReachedOverIpv4AndIpv6(String host) throws Exception {
    try (QuicEnds ends = endsAt(epoll(), "quic://[::]:0")) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);

      Recorder near = ends.dial(medium, "quic://" + host + ":" + ends.port()).join();
      near.send(Recorder.bytes("there"));
      Recorder far = ends.awaitAccepted();
      far.awaitFrames(1);
      far.send(Recorder.bytes("and back"));
      near.awaitFrames(1);

      near.close("done");
      assertEquals("the peer closed the connection", far.awaitClosed());
    }
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
    try (QuicEnds ends = endsAt(loops, address)) {
      ends.assertOthersAreServed();
    }
  }

  private static QuicEnds endsAt(EventLoopGroup loops, String address) throws IOException {
    return new QuicEnds(
        loops, address, () -> QuicEnds.FAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
  }
}

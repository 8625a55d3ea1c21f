package dev.farcap.transport.tls;

import static dev.farcap.transport.Recorder.reasonOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.HostAddress;
import dev.farcap.transport.Recorder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Time, numbers and addresses of TLS connections, and the reasons why there is none.
class TlsLimitsTest {
  private static final TlsConfig IMPATIENT = new TlsConfig(300, 300, 256, 4096);

  // Time.

  @Test
  void aPeerThatNeverShakesHandsIsClosed() throws Exception {
    try (TlsEnds ends = new TlsEnds(IMPATIENT);
        Socket silent = new Socket(InetAddress.getLoopbackAddress(), ends.port())) {
      silent.setSoTimeout(20_000);

      assertEquals(-1, silent.getInputStream().read());
      ends.awaitRefused(1);
      ends.assertOthersAreServed();
    }
  }

  @Test
  void aHandshakeLeftHalfwayIsClosed() throws Exception {
    try (TlsEnds ends = new TlsEnds(IMPATIENT);
        Socket halfway = new Socket(InetAddress.getLoopbackAddress(), ends.port())) {
      halfway.setSoTimeout(20_000);
      halfway.getOutputStream().write(new byte[] {22, 3, 1, 1, 0, 1}); // a ClientHello's beginning

      assertEquals(-1, halfway.getInputStream().read());
      ends.awaitRefused(1);
    }
  }

  @Test
  void anAcceptorThatNeverShakesHandsTimesOut() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        ServerSocket silent = loopback(8)) {
      String reason = reasonOf(impatientDial(ends, silent));

      assertTrue(reason.endsWith(": timed out: the peer did not finish the TLS handshake"), reason);
    }
  }

  @Test
  void anAddressThatNeverAnswersTimesOut() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        ServerSocket full = loopback(1);
        Socket _ = new Socket(full.getInetAddress(), full.getLocalPort());
        Socket _ = new Socket(full.getInetAddress(), full.getLocalPort())) {
      // The backlog is full: the kernel drops further attempts.
      String reason = reasonOf(impatientDial(ends, full));

      assertTrue(reason.endsWith(": timed out: no answer to the attempt to connect"), reason);
    }
  }

  private static CompletableFuture<Recorder> impatientDial(TlsEnds ends, ServerSocket to) {
    TlsMedium medium = ends.medium(() -> TlsEnds.NEAR, TlsEnds.REALM.policy(), IMPATIENT);
    return ends.dial(medium, "tls://127.0.0.1:" + to.getLocalPort());
  }

  private static ServerSocket loopback(int backlog) throws IOException {
    return new ServerSocket(0, backlog, InetAddress.getLoopbackAddress());
  }

  // Acceptors that are none.

  @Test
  void anAcceptorThatHangsUpIsNamedSo() throws Exception {
    assertReasonOfAnswer("", "the peer closed during handshake");
  }

  @Test
  void anAcceptorThatSpeaksSomethingElseIsNamedSo() throws Exception {
    assertReasonOfAnswer("HTTP/1.1 400 Bad Request\r\n\r\n", "the peer does not speak TLS");
  }

  private static void assertReasonOfAnswer(String answer, String reason) throws Exception {
    try (TlsEnds ends = new TlsEnds();
        ServerSocket server = loopback(8)) {
      Thread answering =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (Socket client = server.accept()) {
                      client.getInputStream().readNBytes(1000); // most of a ClientHello
                      client.getInputStream().skipNBytes(client.getInputStream().available());
                      client.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                    } catch (IOException _) {
                      // The dialler was faster.
                    }
                  });

      String address = "tls://127.0.0.1:" + server.getLocalPort();
      String heard = reasonOf(ends.dial(TlsEnds.NEAR, address));
      answering.join();

      assertEquals(address + ": " + reason, heard);
    }
  }

  @Test
  void anUnknownHostIsNamedSo() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      String reason = reasonOf(ends.dial(TlsEnds.NEAR, "tls://no-such-host.invalid:7443"));

      assertEquals("tls://no-such-host.invalid:7443: unknown host", reason);
    }
  }

  @Test
  void aClosedMediumDialsNoMore() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      TlsMedium medium = ends.medium(() -> TlsEnds.NEAR, TlsEnds.REALM.policy());
      medium.close();

      String reason = reasonOf(ends.dial(medium, ends.address()));

      assertTrue(reason.endsWith("the medium is closed"), reason);
    }
  }

  // Numbers.

  @Test
  void tooManyInHandshakeAreClosedAtOnceAndRoomIsGivenBack() throws Exception {
    try (TlsEnds ends = new TlsEnds(new TlsConfig(5_000, 60_000, 2, 4096))) {
      Socket first = new Socket(InetAddress.getLoopbackAddress(), ends.port());
      Socket second = new Socket(InetAddress.getLoopbackAddress(), ends.port());

      assertClosedAtOnce(ends);
      ends.awaitRefused(1);

      first.close();
      second.close();
      ends.awaitRefused(3);
      ends.assertOthersAreServed();
    }
  }

  @Test
  void tooManyConnectionsAreClosedAtOnceAndRoomIsGivenBack() throws Exception {
    try (TlsEnds ends = new TlsEnds(new TlsConfig(5_000, 10_000, 256, 1))) {
      Recorder only = ends.dial(TlsEnds.NEAR).join();
      Recorder far = ends.awaitAccepted();

      assertClosedAtOnce(ends);

      only.close("make room");
      far.awaitClosed();
      Recorder.awaitThat(
          "room", () -> ends.dial(TlsEnds.NEAR).handle((near, _) -> near != null).join());
    }
  }

  private static void assertClosedAtOnce(TlsEnds ends) throws IOException {
    try (Socket superfluous = new Socket(InetAddress.getLoopbackAddress(), ends.port())) {
      superfluous.setSoTimeout(20_000);
      assertEquals(-1, superfluous.getInputStream().read());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1})
  void limitsAreAtLeastOne(int wrong) {
    String message =
        String.valueOf(
            assertThrows(IllegalArgumentException.class, () -> new TlsConfig(1, 1, wrong, 1))
                .getMessage());

    assertEquals("handshakesMax is " + wrong + ", at least 1", message);
  }

  // Addresses.

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "tls://",
        "tls://host",
        "tls://host:",
        "tls://:7443",
        "tls://host:65536",
        "tls://host:7443/",
        "tls://::1:7443",
        "tls://[::1]",
        "tls://ho st:1",
        "inprocess://host",
        "host:7443"
      })
  void anAddressOfAnotherFormIsRefused(String address) {
    assertThrows(IllegalArgumentException.class, () -> HostAddress.parse("tls", address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"tls://host-b.example:7443", "tls://127.0.0.1:1", "tls://[fe80::1%2]:80"})
  void anAddressReadsAsItIsWritten(String address) {
    assertEquals(address, HostAddress.parse("tls", address).toString());
  }

  @Test
  void ipv6Works() throws Exception {
    assertServes(epoll(), "tls://[::1]:0");
  }

  @Test
  void namesAreResolved() throws Exception {
    assertServes(epoll(), "tls://localhost:0");
  }

  @Test
  void loopsWithoutEpollWorkToo() throws Exception {
    assertServes(
        new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory()), "tls://127.0.0.1:0");
  }

  private static EventLoopGroup epoll() {
    return new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  }

  private static void assertServes(EventLoopGroup loops, String address) throws IOException {
    try (TlsEnds ends =
        new TlsEnds(loops, address, () -> TlsEnds.FAR, TlsEnds.REALM.policy(), TlsConfig.DEFAULT)) {
      ends.assertOthersAreServed();

      String host = address.substring(0, address.lastIndexOf(':'));
      Recorder near = ends.dial(TlsEnds.NEAR, host + ":" + ends.port()).join();
      ends.awaitAccepted().close("seen");
      assertEquals("the peer closed the connection", near.awaitClosed());
    }
  }
}

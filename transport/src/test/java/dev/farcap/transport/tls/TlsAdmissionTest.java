package dev.farcap.transport.tls;

import static dev.farcap.transport.Recorder.reasonOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Recorder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/// Who is let in over TLS, what the handshake is like, and what those hear who are not let in.
class TlsAdmissionTest {
  private static final TlsTestRealm ELSEWHERE = TlsTestRealm.create();

  /// Extensions of RFC 8446 section 4.2.
  private static final int PRE_SHARED_KEY = 41;

  private static final int KEY_SHARE = 51;

  private static final byte[] HELLO = {0, 0, 0, 5, 'h', 'e', 'l', 'l', 'o'};

  // The handshake.

  @Test
  void tls12IsRefused() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      JdkPeer peer = JdkPeer.of(TlsEnds.NEAR);

      assertThrows(SSLException.class, () -> peer.connect(ends.port(), "TLSv1.2", "farcap/1"));

      ends.awaitRefused(1);
      ends.assertOthersAreServed();
    }
  }

  @Test
  void anotherApplicationProtocolIsRefused() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      JdkPeer peer = JdkPeer.of(TlsEnds.NEAR);

      assertEndsWithoutAByte(() -> peer.connect(ends.port(), "TLSv1.3", "h2"));
      assertEndsWithoutAByte(() -> peer.connect(ends.port(), "TLSv1.3"));

      ends.awaitRefused(2);
    }
  }

  @Test
  void theKeyExchangeIsTheHybridOne() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        Tap tap = new Tap(ends.port())) {
      Recorder near = ends.dial(TlsEnds.NEAR, "tls://127.0.0.1:" + tap.port()).join();
      ends.awaitAccepted();

      byte[] share = extension(tap.serverHello(), KEY_SHARE);
      near.close("seen");

      // X25519MLKEM768 is group 0x11EC.
      assertArrayEquals(new byte[] {0x11, (byte) 0xEC}, Arrays.copyOf(share, 2));
    }
  }

  private static byte[] extension(Map<Integer, byte[]> hello, int number) {
    return Objects.requireNonNull(hello.get(number), () -> "no extension " + number);
  }

  @Test
  void everyConnectionMakesAFullHandshakeAndAsksThePolicy() throws Exception {
    List<List<X509Certificate>> asked = new CopyOnWriteArrayList<>();
    ConnectionPolicy policy =
        chain -> {
          asked.add(chain);
          return TlsEnds.REALM.policy().admit(chain);
        };
    try (TlsEnds ends = new TlsEnds(() -> TlsEnds.FAR, policy, TlsConfig.DEFAULT)) {
      JdkPeer foreign = JdkPeer.of(TlsEnds.NEAR);
      TlsMedium own = ends.medium(() -> TlsEnds.NEAR, TlsEnds.REALM.policy());

      for (int i = 0; i < 3; i++) {
        assertFalse(offersResumption(ends, port -> foreignVisit(ends, foreign, port)));
        assertFalse(offersResumption(ends, port -> ownVisit(ends, own, port)));
      }

      assertEquals(6, asked.size());
      asked.forEach(chain -> assertEquals(TlsEnds.NEAR.chain(), chain));
    }
  }

  private interface Visit {
    void to(int port) throws IOException;
  }

  private static boolean offersResumption(TlsEnds ends, Visit visit) throws IOException {
    try (Tap tap = new Tap(ends.port())) {
      visit.to(tap.port());
      return tap.clientHello().containsKey(PRE_SHARED_KEY);
    }
  }

  private static void foreignVisit(TlsEnds ends, JdkPeer peer, int port) throws IOException {
    try (SSLSocket socket = peer.connect(port)) {
      ends.awaitAccepted().send(Recorder.bytes("x")); // a ticket would come before it
      assertEquals(5, socket.getInputStream().readNBytes(5).length);
    }
  }

  private static void ownVisit(TlsEnds ends, TlsMedium medium, int port) {
    Recorder near = ends.dial(medium, "tls://127.0.0.1:" + port).join();
    ends.awaitAccepted().send(Recorder.bytes("x"));
    near.awaitFrames(1);
    near.close("seen");
    near.awaitClosed();
  }

  // Certificates.

  @Test
  void aPeerWithoutACertificateIsRefused() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      JdkPeer peer = JdkPeer.anonymous(TlsEnds.NEAR);

      assertEndsWithoutAByte(() -> peer.connect(ends.port()));

      ends.awaitRefused(1);
      ends.assertOthersAreServed();
    }
  }

  @Test
  void aDiallerOfAnotherRealmIsRefusedAndHearsWhy() throws Exception {
    TlsCredentials foreign = ELSEWHERE.issue("farcap://test/near");
    assertRefusedByAcceptor(
        new TlsCredentials(foreign.key(), foreign.chain(), TlsEnds.NEAR.anchors()));
  }

  @Test
  void aDiallerOfARealmOfTheSameNameIsRefusedAndHearsWhy() throws Exception {
    TlsCredentials foreign = TlsTestRealm.create(TlsEnds.REALM.name()).issue("farcap://test/near");
    assertRefusedByAcceptor(
        new TlsCredentials(foreign.key(), foreign.chain(), TlsEnds.NEAR.anchors()));
  }

  @Test
  void aSelfSignedDiallerIsRefusedAndHearsWhy() throws Exception {
    assertRefusedByAcceptor(TlsEnds.REALM.selfSigned("farcap://test/near"));
  }

  @Test
  void anExpiredDiallerIsRefusedAndHearsWhy() throws Exception {
    Instant yesterday = Instant.now().minus(Duration.ofDays(1));
    assertRefusedByAcceptor(TlsEnds.REALM.issue("farcap://test/near", yesterday));
  }

  private static void assertRefusedByAcceptor(TlsCredentials bad) throws IOException {
    try (TlsEnds ends = new TlsEnds()) {
      // TLS 1.3: the dialler's handshake ends before the acceptor has seen its certificate.
      String reason = ends.dial(bad).join().awaitClosed();

      ends.awaitRefused(1);
      assertTrue(
          reason.startsWith("the peer refused the certificate of this end (alert '"), reason);
      ends.assertOthersAreServed();
    }
  }

  @Test
  void anAcceptorOfAnotherRealmIsNotFromThisRealm() throws Exception {
    TlsCredentials far = ELSEWHERE.issue("farcap://test/far");
    try (TlsEnds ends = new TlsEnds(() -> far, ELSEWHERE.policy(), TlsConfig.DEFAULT)) {
      String reason = reasonOf(ends.dial(TlsEnds.NEAR));

      assertTrue(
          reason.startsWith(ends.address() + ": the peer's certificate is not from this realm ("),
          reason);
      assertEquals(1, ends.nearCounters.snapshot().handshakesRefused());
      ends.awaitRefused(1);
    }
  }

  @Test
  void anExpiredAcceptorIsNamedAsExpired() throws Exception {
    Instant yesterday = Instant.now().minus(Duration.ofDays(1));
    TlsCredentials far = TlsEnds.REALM.issue("farcap://test/far", yesterday);
    try (TlsEnds ends = new TlsEnds(() -> far, TlsEnds.REALM.policy(), TlsConfig.DEFAULT)) {
      String reason = reasonOf(ends.dial(TlsEnds.NEAR));

      assertTrue(
          reason.startsWith(ends.address() + ": the peer's certificate has expired: "), reason);
    }
  }

  // The policy.

  @Test
  void whomTheAcceptorsPolicyRefusesGetsNoFrameThrough() throws Exception {
    ConnectionPolicy nobody =
        _ -> {
          throw new ConnectionRefusedException("not on the list");
        };
    try (TlsEnds ends = new TlsEnds(() -> TlsEnds.FAR, nobody, TlsConfig.DEFAULT)) {
      JdkPeer peer = JdkPeer.of(TlsEnds.NEAR);

      assertEndsWithoutAByte(() -> peer.connect(ends.port()), HELLO);

      ends.awaitRefused(1);
      assertEquals(0, ends.counters.snapshot().framesIn());
    }
  }

  @Test
  void theDiallersPolicyIsAskedTooAndItsReasonReported() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      TlsMedium medium =
          ends.medium(
              () -> TlsEnds.NEAR,
              chain -> {
                throw new ConnectionRefusedException("not the route's target");
              });

      String reason = reasonOf(ends.dial(medium, ends.address()));

      assertEquals(ends.address() + ": not the route's target", reason);
      ends.awaitAccepted().awaitClosed();
    }
  }

  @Test
  void aPolicyThatFailsRefuses() throws Exception {
    ConnectionPolicy broken =
        _ -> {
          throw new IllegalStateException("thrown on purpose");
        };
    try (TlsEnds ends = new TlsEnds(() -> TlsEnds.FAR, broken, TlsConfig.DEFAULT)) {
      ends.dial(TlsEnds.NEAR).join().awaitClosed();

      ends.awaitRefused(1);
    }
  }

  // Rotation.

  @Test
  void newConnectionsUseTheCredentialsOfNowAndOldOnesStay() throws Exception {
    AtomicReference<TlsCredentials> current = new AtomicReference<>(TlsEnds.FAR);
    TlsConfig config = TlsConfig.DEFAULT;
    try (TlsEnds ends = new TlsEnds(current::get, TlsEnds.REALM.policy(), config)) {
      Recorder before = ends.dial(TlsEnds.NEAR).join();
      Recorder farBefore = ends.awaitAccepted();

      current.set(TlsEnds.REALM.issue("farcap://test/renewed"));
      Recorder after = ends.dial(TlsEnds.NEAR).join();
      before.send(Recorder.bytes("still here"));
      farBefore.awaitFrames(1);

      assertEquals("farcap://test/far", before.connection().peer().name());
      assertEquals("farcap://test/renewed", after.connection().peer().name());
    }
  }

  @Test
  void unusableCredentialsFailTheConnectionAndNothingElse() throws Exception {
    AtomicReference<TlsCredentials> current = new AtomicReference<>(TlsEnds.FAR);
    TlsCredentials mixed =
        new TlsCredentials(
            TlsEnds.NEAR.key(), TlsEnds.FAR.chain(), TlsEnds.FAR.anchors()); // not its key
    TlsConfig config = TlsConfig.DEFAULT;
    try (TlsEnds ends = new TlsEnds(current::get, TlsEnds.REALM.policy(), config)) {
      current.set(mixed);
      assertNotNull(reasonOf(ends.dial(TlsEnds.NEAR)));

      current.set(TlsEnds.FAR);
      assertNotNull(reasonOf(ends.dial(mixed)));
      ends.accepted.clear();
      ends.assertOthersAreServed();
    }
  }

  @Test
  void credentialsNeverShowTheirKey() {
    assertEquals("TlsCredentials[CN=leaf]", TlsEnds.NEAR.toString());
  }

  // Those who speak something else.

  @Test
  void plaintextBytesEndTheirConnectionOnly() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), ends.port())) {
      socket.setSoTimeout(20_000);
      socket
          .getOutputStream()
          .write("GET / HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

      assertEquals(0, socket.getInputStream().readAllBytes().length);
      ends.awaitRefused(1);
      ends.assertOthersAreServed();
    }
  }

  private interface Attempt {
    SSLSocket open() throws IOException;
  }

  /// The handshake fails, or the connection ends without a byte of data.
  private static void assertEndsWithoutAByte(Attempt attempt, byte... sent) {
    int count;
    try (SSLSocket socket = attempt.open()) {
      socket.getOutputStream().write(sent);
      count = socket.getInputStream().readAllBytes().length;
    } catch (IOException _) {
      count = 0;
    }
    assertEquals(0, count);
  }
}

package dev.farcap.transport.quic;

import static dev.farcap.transport.Recorder.reasonOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.quic.BoringSSLContextOption;
import io.netty.handler.codec.quic.QuicSslContext;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Who is let in over QUIC, and what those hear who are not.
class QuicAdmissionTest {
  private static final TlsTestRealm ELSEWHERE = TlsTestRealm.create();

  // The handshake.

  @Test
  void anotherApplicationProtocolIsRefused() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      assertEndsUnheard(ends, Stranger.tls(QuicEnds.NEAR).applicationProtocols("farcap/1"));

      ends.awaitRefused(1);
      ends.assertOthersAreServed();
    }
  }

  private static void assertEndsUnheard(QuicEnds ends, QuicSslContextBuilder tls) {
    try (Stranger stranger = new Stranger(ends, engine(tls.build()))) {
      stranger.say(QuicSettings.PREAMBLE, 0, 0, 0, 1, 'x');

      assertNotNull(stranger.awaitEnd());
      assertEquals(0, ends.counters.snapshot().framesIn());
    }
  }

  private static QuicSslEngine engine(QuicSslContext tls) {
    return tls.newEngine(UnpooledByteBufAllocator.DEFAULT);
  }

  @Test
  void theKeyExchangeIsTheHybridOne() throws Exception {
    String[] hybrid = {"X25519MLKEM768"};
    try (QuicEnds ends = new QuicEnds()) {
      QuicSslContext nothingElse =
          Stranger.tls(QuicEnds.NEAR).option(BoringSSLContextOption.GROUPS, hybrid).build();

      try (Stranger stranger = new Stranger(ends, engine(nothingElse))) {
        stranger.say(QuicSettings.PREAMBLE);

        ends.awaitAccepted();
      }
    }
  }

  @Test
  void everyConnectionMakesAFullHandshakeAndAsksThePolicy() throws Exception {
    List<List<X509Certificate>> asked = new CopyOnWriteArrayList<>();
    try (QuicEnds ends = new QuicEnds(() -> QuicEnds.FAR, noting(asked), QuicConfig.DEFAULT)) {
      QuicMedium own =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);

      for (int i = 0; i < 3; i++) {
        Recorder near = ends.dial(own, ends.address()).join();
        ends.awaitAccepted().send(Recorder.bytes("x")); // a ticket comes before it
        near.awaitFrames(1);
        near.close("seen");
        near.awaitClosed();
      }

      assertEquals(3, asked.size());
      asked.forEach(chain -> assertEquals(QuicEnds.NEAR.chain(), chain));
    }
  }

  @Test
  void aPeerThatResumesASessionHasNotProvenItself() throws Exception {
    List<List<X509Certificate>> asked = new CopyOnWriteArrayList<>();
    try (QuicEnds ends = new QuicEnds(() -> QuicEnds.FAR, noting(asked), QuicConfig.DEFAULT)) {
      QuicSslContext remembering = Stranger.tls(QuicEnds.NEAR).build();
      try (Stranger first = new Stranger(ends, named(remembering))) {
        first.say(QuicSettings.PREAMBLE);
        ends.awaitAccepted().send(Recorder.bytes("x"));
        first.awaitBytes();
      }

      try (Stranger second = new Stranger(ends, named(remembering))) {
        second.say(QuicSettings.PREAMBLE);

        assertEquals("the peer refused this end", second.awaitEnd());
      }

      ends.awaitRefused(1);
      assertEquals(1, asked.size());
    }
  }

  /// By its peer's name a dialler finds the session that it resumes.
  private static QuicSslEngine named(QuicSslContext tls) {
    return tls.newEngine(UnpooledByteBufAllocator.DEFAULT, "far.example", 7443);
  }

  private static ConnectionPolicy noting(List<List<X509Certificate>> asked) {
    return chain -> {
      asked.add(chain);
      return QuicEnds.REALM.policy().admit(chain);
    };
  }

  // Streams.

  @Test
  void thereIsOneStreamAndNothingBesideIt() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Stranger stranger = new Stranger(ends, engine(Stranger.tls(QuicEnds.NEAR).build()))) {
      stranger.say(QuicSettings.PREAMBLE);
      ends.awaitAccepted().send(Recorder.bytes("x"));
      stranger.awaitBytes();

      assertEquals(0, stranger.connection().peerAllowedStreams(QuicStreamType.BIDIRECTIONAL));
      assertEquals(0, stranger.connection().peerAllowedStreams(QuicStreamType.UNIDIRECTIONAL));
      assertFalse(stranger.mayDatagrams());
    }
  }

  @Test
  void aStreamThatBeginsOtherwiseEndsItsConnection() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Stranger stranger = new Stranger(ends, engine(Stranger.tls(QuicEnds.NEAR).build()))) {
      stranger.say(2, 0, 0, 0, 1, 'x');

      assertEquals("the peer found a mistake in what this end sent", stranger.awaitEnd());
      Recorder far = ends.awaitAccepted();
      assertEquals("the stream begins with 2, expected 1", far.awaitClosed());
      assertEquals(0, far.frameCount());
      assertEquals(1, ends.counters.snapshot().framesMalformed());
    }
  }

  @Test
  void aStreamThatIsResetEndsItsConnection() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Stranger stranger = new Stranger(ends, engine(Stranger.tls(QuicEnds.NEAR).build()))) {
      QuicStreamChannel stream =
          Objects.requireNonNull(stranger.say(QuicSettings.PREAMBLE), "not connected");
      Recorder far = ends.awaitAccepted();

      stream.shutdownOutput(7).syncUninterruptibly();

      assertEquals("the peer ended the stream", far.awaitClosed());
    }
  }

  // Certificates.

  @Test
  void aPeerWithoutACertificateIsRefused() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      assertEndsUnheard(ends, Stranger.anonymous(QuicEnds.NEAR));

      ends.awaitRefused(1);
      ends.assertOthersAreServed();
    }
  }

  @Test
  void aDiallerOfAnotherRealmIsRefusedAndHearsWhy() throws Exception {
    TlsCredentials foreign = ELSEWHERE.issue("farcap://test/near");
    assertRefusedByAcceptor(
        new TlsCredentials(foreign.key(), foreign.chain(), QuicEnds.NEAR.anchors()));
  }

  @Test
  void aDiallerOfARealmOfTheSameNameIsRefusedAndHearsWhy() throws Exception {
    TlsCredentials foreign = TlsTestRealm.create(QuicEnds.REALM.name()).issue("farcap://test/near");
    assertRefusedByAcceptor(
        new TlsCredentials(foreign.key(), foreign.chain(), QuicEnds.NEAR.anchors()));
  }

  @Test
  void aSelfSignedDiallerIsRefusedAndHearsWhy() throws Exception {
    assertRefusedByAcceptor(QuicEnds.REALM.selfSigned("farcap://test/near"));
  }

  @Test
  void anExpiredDiallerIsRefusedAndHearsWhy() throws Exception {
    Instant yesterday = Instant.now().minus(Duration.ofDays(1));
    assertRefusedByAcceptor(QuicEnds.REALM.issue("farcap://test/near", yesterday));
  }

  private static void assertRefusedByAcceptor(TlsCredentials bad) throws IOException {
    try (QuicEnds ends = new QuicEnds()) {
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
    try (QuicEnds ends = new QuicEnds(() -> far, ELSEWHERE.policy(), QuicConfig.DEFAULT)) {
      String reason = reasonOf(ends.dial(QuicEnds.NEAR));

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
    TlsCredentials far = QuicEnds.REALM.issue("farcap://test/far", yesterday);
    try (QuicEnds ends = new QuicEnds(() -> far, QuicEnds.REALM.policy(), QuicConfig.DEFAULT)) {
      String reason = reasonOf(ends.dial(QuicEnds.NEAR));

      assertTrue(
          reason.startsWith(ends.address() + ": the peer's certificate has expired: "), reason);
    }
  }

  // The policy.

  @Test
  void whomTheAcceptorsPolicyRefusesGetsNoFrameThroughAndHearsSo() throws Exception {
    ConnectionPolicy nobody =
        _ -> {
          throw new ConnectionRefusedException("not on the list");
        };
    try (QuicEnds ends = new QuicEnds(() -> QuicEnds.FAR, nobody, QuicConfig.DEFAULT)) {
      Recorder near = ends.dial(QuicEnds.NEAR).join();
      near.send(Recorder.bytes("hello"));

      assertEquals("the peer refused this end", near.awaitClosed());
      ends.awaitRefused(1);
      assertEquals(0, ends.counters.snapshot().framesIn());
    }
  }

  @Test
  void theDiallersPolicyIsAskedTooAndItsReasonReported() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      QuicMedium medium =
          ends.medium(
              () -> QuicEnds.NEAR,
              chain -> {
                throw new ConnectionRefusedException("not the route's target");
              },
              QuicConfig.DEFAULT);

      String reason = reasonOf(ends.dial(medium, ends.address()));

      assertEquals(ends.address() + ": not the route's target", reason);
      ends.awaitRefused(1);
    }
  }

  @Test
  void aPolicyThatFailsRefuses() throws Exception {
    ConnectionPolicy broken =
        _ -> {
          throw new IllegalStateException("thrown on purpose");
        };
    try (QuicEnds ends = new QuicEnds(() -> QuicEnds.FAR, broken, QuicConfig.DEFAULT)) {
      ends.dial(QuicEnds.NEAR).join().awaitClosed();

      ends.awaitRefused(1);
    }
  }

  // Rotation.

  @Test
  void newConnectionsUseTheCredentialsOfNowAndOldOnesStay() throws Exception {
    AtomicReference<TlsCredentials> current = new AtomicReference<>(QuicEnds.FAR);
    try (QuicEnds ends = new QuicEnds(current::get, QuicEnds.REALM.policy(), QuicConfig.DEFAULT)) {
      Recorder before = ends.dial(QuicEnds.NEAR).join();
      Recorder farBefore = ends.awaitAccepted();

      current.set(QuicEnds.REALM.issue("farcap://test/renewed"));
      Recorder after = ends.dial(QuicEnds.NEAR).join();
      before.send(Recorder.bytes("still here"));
      farBefore.awaitFrames(1);

      assertEquals("farcap://test/far", before.connection().peer().name());
      assertEquals("farcap://test/renewed", after.connection().peer().name());
    }
  }

  @Test
  void unusableCredentialsFailTheConnectionAndNothingElse() throws Exception {
    AtomicReference<TlsCredentials> current = new AtomicReference<>(QuicEnds.FAR);
    TlsCredentials mixed =
        new TlsCredentials(
            QuicEnds.NEAR.key(), QuicEnds.FAR.chain(), QuicEnds.FAR.anchors()); // not its key
    try (QuicEnds ends = new QuicEnds(current::get, QuicEnds.REALM.policy(), QuicConfig.DEFAULT)) {
      current.set(mixed);
      assertNotNull(reasonOf(ends.dial(QuicEnds.NEAR)));

      current.set(QuicEnds.FAR);
      assertTrue(
          ends.dial(mixed).handle((near, _) -> near == null || near.awaitClosed() != null).join());
      assertEquals(0, ends.accepted.size());
      ends.assertOthersAreServed();
    }
  }
}

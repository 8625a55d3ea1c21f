package dev.farcap.transport.quic;

import static dev.farcap.transport.Recorder.reasonOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// Who is let in over QUIC, and what those hear who are not.
class QuicAdmissionTest {
  private static final TlsTestRealm ELSEWHERE = TlsTestRealm.create();

  // Certificates.

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
}

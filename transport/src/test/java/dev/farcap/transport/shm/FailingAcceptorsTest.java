package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.LogLines;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.tls.StreamAdmission;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsHandshake;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Mistakes at an acceptor while a connection comes to be: its peer is told, and nothing is kept.
@Timeout(120)
final class FailingAcceptorsTest {
  /// One peer in handshake.
  private static final TlsConfig NARROW = new TlsConfig(5_000, 10_000, 1, 4096);

  @TempDir private Path folder;

  private ShmEnds ends;
  private String address;

  @BeforeEach
  void listen() throws IOException {
    ends = new ShmEnds(folder);
    address = "shm://" + folder.resolve("other");
  }

  @AfterEach
  void nothingIsLeftBehind() {
    ends.close();
  }

  @Test
  void anOpeningThatFailsIsARefusalAndGivesItsPlaceBack() throws Exception {
    TlsHandshake.Opening failing =
        (_, _, _, _) -> {
          throw new IllegalStateException("thrown on purpose");
        };
    try (LogLines log = new LogLines(StreamAdmission.class);
        Acceptor _ = ends.listen(address, failing, NARROW, Recorder::new)) {
      for (int i = 1; i <= 3; i++) {
        String reason = Recorder.reasonOf(ends.dialling(address));

        assertTrue(reason.endsWith("the peer closed during the rendezvous"), reason);
        int lines = i;
        Recorder.awaitThat(i + " lines", () -> log.lines().size() == lines);
        assertTrue(
            log.lines()
                .getLast()
                .endsWith(
                    ": a mistake at this end: java.lang.IllegalStateException: thrown on purpose"),
            log.lines().getLast());
        assertEquals(i, ends.counters.snapshot().handshakesRefused());
      }
    }
  }

  @Test
  void aListenerThatIsNotMadeGivesEverythingBack() throws Exception {
    Acceptor.AcceptHandler failing =
        _ -> {
          throw new LinkageError("thrown on purpose");
        };
    try (Acceptor _ = ends.listen(address, rendezvous(), NARROW, failing)) {
      for (int i = 0; i < 3; i++) {
        assertEquals("the peer closed the connection", ends.dial(address).awaitClosed());
      }
    }
    ends.before.awaitAgain();
  }

  private TlsHandshake.Opening rendezvous() {
    return Rendezvous.opening(ShmConfig.DEFAULT, ends.counters, AcceptorsRendezvous::new);
  }

  /// Somebody has taken the place from the pipeline meanwhile.
  @Test
  void aConnectionThatGetsNoPlaceEnds() throws Exception {
    BlockingQueue<Recorder> placeless = new LinkedBlockingQueue<>();
    TlsHandshake.Opening opening =
        (handshake, peer, opener, refused) ->
            rendezvous()
                .open(
                    handshake,
                    peer,
                    connection -> {
                      var _ = handshake.channel().pipeline().remove("rendezvous");
                      return opener.apply(connection);
                    },
                    refused);
    Acceptor.AcceptHandler accepting =
        connection -> {
          Recorder end = new Recorder(connection);
          placeless.add(end);
          return end;
        };
    try (Acceptor _ = ends.listen(address, opening, NARROW, accepting)) {
      Recorder near = ends.dial(address);

      near.awaitClosed();
      String reason = placeless.poll(20, TimeUnit.SECONDS).awaitClosed();
      assertTrue(reason.startsWith("a mistake at this end: "), reason);
    }
    ends.before.awaitAgain();
    assertEquals(1, ends.counters.snapshot().connectionsClosed());
  }
}

package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Recorder;
import dev.farcap.transport.faulty.DatagramFaults;
import dev.farcap.transport.faulty.FaultyDatagrams;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whether a peer is gone shows by its silence, sooner where its port is closed.
class QuicSilenceTest {
  @Test
  void aConnectionOutlivesAPortThatIsClosedForAMoment() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator network = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + network.port()).join();
      Recorder far = ends.awaitAccepted();

      network.closedDuring(
          () -> {
            near.send(Recorder.bytes("refused at first"));
            Recorder.awaitThat(
                "word that nobody is there",
                () -> ends.nearCounters.snapshot().socketFailures() > 0);
          });

      far.awaitFrames(1);
      far.send(Recorder.bytes("answer"));
      near.awaitFrames(1);
      assertEquals(List.of(), near.closedReasons());
      near.close("done");
      assertEquals("the peer closed the connection", far.awaitClosed());
    }
  }

  @Test
  void aConnectionEndsWhereThePortStaysClosed() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator network = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + network.port()).join();
      Recorder far = ends.awaitAccepted();

      network.closedDuring(
          () -> {
            near.send(Recorder.bytes("nobody is there"));
            assertEquals("the peer is gone: nothing listens there any more", near.awaitClosed());
          });

      far.close("given up");
    }
  }

  @Test
  void aCutIsToldToNobodyAndTheNextConnectionIsWhole() throws Exception {
    FaultyDatagrams line = new FaultyDatagrams(new UdpDatagrams(), DatagramFaults.NONE, 0);
    try (QuicEnds ends = new QuicEnds(QuicConfig.DEFAULT.withIdleTimeoutMs(2_000))) {
      QuicMedium medium = ends.medium(line);
      Recorder near = ends.dial(medium, ends.address()).join();
      Recorder far = ends.awaitAccepted();

      line.cut();
      near.send(Recorder.bytes("nobody hears this"));
      far.send(Recorder.bytes("nor this"));
      ends.dial(medium, ends.address()).join().send(Recorder.bytes("but this"));
      ends.awaitAccepted().awaitFrames(1);

      assertEquals("timed out: nothing came from the peer", near.awaitClosed());
      assertEquals("timed out: nothing came from the peer", far.awaitClosed());
      assertEquals(0, near.frameCount() + far.frameCount());
    }
  }
}

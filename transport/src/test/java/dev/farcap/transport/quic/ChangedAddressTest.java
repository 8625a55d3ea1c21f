package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Recorder;
import org.junit.jupiter.api.Test;

/// A translator of addresses between two ends forgets who is who, as routers do.
class ChangedAddressTest {
  @Test
  void theConnectionSurvivesAnotherAddressOfItsDialler() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator translator = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + translator.port()).join();
      Recorder far = ends.awaitAccepted();

      for (int round = 1; round <= 3; round++) {
        near.send(Recorder.bytes("before " + round));
        far.awaitFrames(2 * round - 1);
        translator.changeAddress();
        near.send(Recorder.bytes("after " + round));
        far.awaitFrames(2 * round);
        far.send(Recorder.bytes("answer " + round));
        near.awaitFrames(round);
      }

      assertEquals(6, far.frameCount());
      near.close("done");
      assertEquals("the peer closed the connection", far.awaitClosed());
    }
  }
}

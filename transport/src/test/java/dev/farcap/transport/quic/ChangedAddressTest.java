package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.Recorder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A translator of addresses between two ends forgets who is who, as routers do.
class ChangedAddressTest {
  private static final int CHANGES = 10;

  private static final NamedDatagrams STAYING =
      new NamedDatagrams(
          _ -> List.of(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)), true);

  @Test
  void theConnectionSurvivesTenOtherAddressesOfItsDialler() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator translator = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + translator.port()).join();
      Recorder far = ends.awaitAccepted();

      for (int round = 1; round <= CHANGES; round++) {
        near.send(Recorder.bytes("before " + round));
        far.awaitFrames(2 * round - 1);
        translator.changeAddress();
        near.send(Recorder.bytes("after " + round));
        far.awaitFrames(2 * round);
        far.send(Recorder.bytes("answer " + round));
        near.awaitFrames(round);
      }

      assertEquals(2 * CHANGES, far.frameCount());
      near.close("done");
      assertEquals("the peer closed the connection", far.awaitClosed());
    }
  }

  @Test
  void aConnectionThatHasHadAllItsAddressesEndsAtBothSidesAndTheNextOneStands() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Translator translator = new Translator(ends.port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      String address = "quic://127.0.0.1:" + translator.port();
      Recorder near = ends.dial(medium, address).join();
      Recorder far = ends.awaitAccepted();
      for (int had = 1; had < QuicSettings.PATHS_MAX; had++) {
        near.send(Recorder.bytes("from address " + had));
        far.awaitFrames(had);
        translator.changeAddress();
      }

      near.send(Recorder.bytes("from the last one"));

      assertEquals("the peer has had 16 addresses, the most", far.awaitClosed());
      assertEquals("the peer closed the connection", near.awaitClosed());
      ends.dial(medium, address).join().send(Recorder.bytes("anew"));
      ends.awaitAccepted().awaitFrames(1);
    }
  }

  @Test
  void whereAddressesStayWhatComesFromAnotherIsDroppedAndCounted() throws Exception {
    try (QuicEnds ends = new QuicEnds();
        Acceptor acceptor = ends.medium(STAYING).listen("quic://there", ends.loops, ends::accept);
        Translator translator =
            new Translator(HostAddress.parse("quic", acceptor.address()).port())) {
      QuicMedium medium =
          ends.medium(() -> QuicEnds.NEAR, QuicEnds.REALM.policy(), QuicConfig.DEFAULT);
      Recorder near = ends.dial(medium, "quic://127.0.0.1:" + translator.port()).join();
      Recorder far = ends.awaitAccepted();
      near.send(Recorder.bytes("from where it was"));
      far.awaitFrames(1);
      assertEquals(0, ends.nearCounters.snapshot().packetsStray());

      translator.changeAddress();
      near.send(Recorder.bytes("from elsewhere"));

      Recorder.awaitThat("stray", () -> ends.nearCounters.snapshot().packetsStray() > 2);
      assertEquals(1, far.frameCount());
    }
  }
}

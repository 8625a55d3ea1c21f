package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Recorder;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What befalls an interface and passes is not the end of its connections.
@Tag("netns")
class NicOutageTest {
  private static final int OUTAGE_MS = 5_000;

  /// Long enough to be looked for in vain, which is done once a second.
  private static final int GONE_MS = 2_000;

  @BeforeAll
  static void needsRoot() {
    Segment.assumePossible();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void anInterfaceThatIsDownForFiveSecondsLosesNothing(int host) throws Exception {
    try (Segment wire = Segment.wire(1_500);
        NicEnds ends = new NicEnds(wire)) {
      Recorder near = ends.dial().join();
      Recorder far = ends.awaitAccepted();

      assertNothingIsLost(
          near,
          far,
          () -> {
            wire.down(host);
            pause(near, OUTAGE_MS);
            wire.up(host);
          });

      NicCounters.Snapshot atHost = (host == 0 ? ends.nearFrames : ends.farFrames).snapshot();
      assertTrue(atHost.framesUnsent() > 0, "nothing was to be sent meanwhile");
    }
  }

  @Test
  void interfacesThatAreMadeAnewAreTakenAgain() throws Exception {
    try (Segment wire = Segment.wire(1_500);
        NicEnds ends = new NicEnds(wire)) {
      Recorder near = ends.dial().join();
      Recorder far = ends.awaitAccepted();

      assertNothingIsLost(
          near,
          far,
          () -> {
            wire.cut();
            pause(near, GONE_MS);
            wire.lay();
          });
      Recorder other = ends.dial().join();
      other.send(Recorder.bytes("the acceptor is there, too"));
      ends.awaitAccepted().awaitFrames(1);
    }
  }

  @Test
  void anAcceptorAtAnInterfaceThatIsDownIsThereOnceItIsUp() throws Exception {
    try (Segment wire = Segment.wire(1_500)) {
      wire.down(1);
      try (NicEnds ends = new NicEnds(wire)) {
        wire.up(1);

        ends.dial().join().send(Recorder.bytes("there"));

        ends.awaitAccepted().awaitFrames(1);
      }
    }
  }

  @Test
  void aConnectionEndsWhenItsInterfaceHasAnotherAddressAndTheNextOneStands() throws Exception {
    try (Segment wire = Segment.wire(1_500);
        NicEnds ends = new NicEnds(wire)) {
      Recorder near = ends.dial().join();
      var _ = ends.awaitAccepted();

      wire.setMac(0, "02:fc:00:00:00:0c");
      near.awaitClosed();

      ends.dial().join().send(Recorder.bytes("from the new address"));
      ends.awaitAccepted().awaitFrames(1);
    }
  }

  private interface Outage {
    void run() throws Exception;
  }

  /// Frames go both ways before, while and after something happens.
  private static void assertNothingIsLost(Recorder near, Recorder far, Outage outage)
      throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    near.onLoop(() -> pump(near, over, 0));
    far.onLoop(() -> pump(far, over, 0));
    near.awaitFrames(50);
    far.awaitFrames(50);

    outage.run();
    int nearBefore = near.frameCount();
    int farBefore = far.frameCount();
    near.awaitFrames(nearBefore + 50);
    far.awaitFrames(farBefore + 50);
    over.set(true);

    assertNumbered(near.frames());
    assertNumbered(far.frames());
    assertEquals(List.of(), near.closedReasons());
    assertEquals(List.of(), far.closedReasons());
  }

  private static void pump(Recorder end, AtomicBoolean over, int number) {
    if (over.get()) {
      return;
    }
    end.send(Recorder.bytes("frame " + number));
    var _ =
        end.connection()
            .eventLoop()
            .schedule(() -> pump(end, over, number + 1), 1, TimeUnit.MILLISECONDS);
  }

  private static void assertNumbered(List<byte[]> frames) {
    for (int i = 0; i < frames.size(); i++) {
      assertArrayEquals(Recorder.bytes("frame " + i), frames.get(i), "frame " + i);
    }
  }

  private static void pause(Recorder end, int ms) throws Exception {
    end.connection().eventLoop().schedule(() -> {}, ms, TimeUnit.MILLISECONDS).get();
  }
}

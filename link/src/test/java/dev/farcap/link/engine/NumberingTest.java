package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.session.Id128;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Numbers of frames: each is taken exactly once, and whoever breaks the order ends only its link.
final class NumberingTest {
  private final LinkCounters counters = new LinkCounters();
  private final EngineRig rig =
      new EngineRig(LinkSettings.DEFAULT, Limits.DEFAULT, counters).connect();

  @AfterEach
  void close() {
    rig.close();
  }

  private void assertEnded() {
    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
    assertEquals(1, counters.malformed.sum());
    assertEquals(1, rig.closedConnections);
  }

  @Test
  void aGapEndsTheLink() {
    rig.receiveNumbered(2, new Frame.Open(2, "sim.Service", List.of(), 0, null));

    assertEnded();
  }

  @Test
  void aRepetitionEndsTheLink() {
    rig.hosts(2);

    rig.receiveNumbered(1, new Frame.Open(4, "sim.Service", List.of(), 0, null));

    assertEnded();
  }

  @Test
  void aLinkThatEndsForItsPeersMistakeLeavesOthersAloneAndOneLineInTheLog() {
    try (EngineRig other = new EngineRig(LinkSettings.DEFAULT, Limits.DEFAULT, counters).connect();
        LogLines log = new LogLines(LinkEngine.class)) {

      rig.receiveNumbered(9, new Frame.HalfClose(2));

      assertEnded();
      assertEquals(LinkEngine.State.UP, other.engine.state());
      assertEquals(
          List.of("link rig: ended, the peer broke the protocol: HALF_CLOSE has number 9 after 0"),
          log.lines());
    }
  }

  @Test
  void framesAfterTheEndAreIgnored() {
    rig.receiveNumbered(9, new Frame.HalfClose(2));

    rig.receiveNumbered(10, new Frame.HalfClose(2));

    assertEnded();
  }

  @Test
  void numberedFramesCountFromOneWithoutGap() {
    OwnSession session = rig.open(new RecordingSession());

    for (int i = 0; i < 5; i++) {
      rig.unary(session, 10);
    }

    List<Long> numbers =
        rig.takeSent().stream()
            .filter(one -> one.frame().kind().numbered())
            .map(EngineRig.Sent::number)
            .toList();
    assertEquals(LongStream.rangeClosed(1, 6).boxed().toList(), numbers);
  }

  @Test
  void everyThirtyTwoFramesAreAcknowledged() {
    rig.hosts(2);

    for (int i = 1; i < 64; i++) {
      rig.receive(EngineRig.bareCall(2L * i, 2, 0));
    }

    assertEquals(
        List.of(32L, 64L), rig.sent(Frame.Ack.class).stream().map(Frame.Ack::number).toList());
  }

  @Test
  void anAckOfAFrameNeverSentEndsTheLink() {
    rig.receive(new Frame.Ack(1));

    assertEnded();
  }

  @Test
  void anAckThatGoesBackEndsTheLink() {
    OwnSession session = rig.open(new RecordingSession());
    rig.unary(session, 1);
    rig.receive(new Frame.Ack(2));

    rig.receive(new Frame.Ack(1));

    assertEnded();
  }

  @Test
  void aSecondHelloEndsTheLink() {
    rig.answer(false, 0, EngineRig.PEER_EPOCH);

    assertEnded();
  }

  @Test
  void aFrameBeforeHelloEndsTheLink() {
    rig.cut();
    rig.engine.dialled(new Id128("1".repeat(32)));

    rig.receive(new Frame.Ping(1, 0, 0));

    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
    assertEquals(1, counters.malformed.sum());
  }

  @Test
  void aHelloForAnotherLinkEndsIt() {
    rig.cut();
    rig.engine.dialled(new Id128("1".repeat(32)));

    rig.receive(
        new Frame.Hello(
            1, 1, EngineRig.PEER_EPOCH, new Id128("2".repeat(32)), true, 0, Limits.DEFAULT, 0, 0));

    assertEnded();
  }

  @Test
  void aPeerOfAnotherProtocolIsLeft() {
    try (EngineRig fresh = new EngineRig()) {
      fresh.engine.dialled(new Id128("1".repeat(32)));

      fresh.receive(
          new Frame.Hello(
              2, 3, EngineRig.PEER_EPOCH, fresh.engine.linkId(), false, 0, Limits.DEFAULT, 0, 0));

      assertEquals("peer speaks protocol 2..3, this side 1", fresh.endReason);
      assertEquals(1, fresh.closedConnections);
    }
  }
}

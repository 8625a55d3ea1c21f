package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.farcap.session.Failure;
import dev.farcap.session.Session;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// GoAway: a link that is to end takes nothing new and lets go on what may finish.
final class DrainTest {
  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
  }

  // ---- this side drains -----------------------------------------------------------------------

  @Test
  void anIdleLinkEndsAtOnce() {
    rig.engine.drain("restart");
    rig.settle();

    assertEquals("restart", rig.sent(Frame.GoAway.class).getFirst().reason());
    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
    assertEquals("drained", rig.endReason);
  }

  @Test
  void aHostedCallMayFinishAndThenTheLinkEnds() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));
    rig.engine.drain("restart");
    rig.settle();
    assertEquals(LinkEngine.State.UP, rig.engine.state());

    rig.host.calls.getFirst().ends();
    rig.settle();

    assertEquals(FrameKind.RETURN, rig.takeKinds().getLast());
    assertEquals("drained", rig.endReason);
  }

  @Test
  void aHostedCallThatDoesNotFinishIsCancelledInTheEnd() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));
    rig.engine.drain("restart");
    rig.settle();

    for (int seconds = 0; seconds < 30; seconds += 5) {
      rig.receive(new Frame.Pong(0)).pass(Duration.ofSeconds(5));
    }

    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
    assertNotNull(rig.host.calls.getFirst().cancelled);
  }

  @Test
  void aSessionThatThePeerOpensMeanwhileIsRefused() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));
    rig.engine.drain("restart");
    rig.settle();

    rig.receive(new Frame.Open(4, "sim.Service", List.of("app"), 0, null));

    assertEquals(
        Failure.notExecuted(Failure.Kind.DISCONNECTED, "the other side is draining"),
        rig.sent(Frame.Refused.class).getFirst().failure());
  }

  @Test
  void anOwnUnaryCallMayFinish() {
    RecordingCaller caller = rig.unary(rig.opened(), 10);
    rig.engine.drain("restart");
    rig.settle();

    rig.receive(EngineRig.returned(1, 0));

    assertEquals("0", caller.outcome());
    assertEquals("drained", rig.endReason);
  }

  @Test
  void noSessionIsOpenedMeanwhile() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));
    rig.engine.drain("restart");
    RecordingSession events = new RecordingSession();

    OwnSession session = rig.open(events);

    assertEquals(Session.State.CLOSED, session.state());
    assertEquals(Failure.notExecuted(Failure.Kind.DISCONNECTED, "link is ending"), events.failure);
  }

  @Test
  void aLossOfTheConnectionMeanwhileEndsTheLink() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));
    rig.engine.drain("restart");

    rig.cut();

    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
  }

  // ---- the peer drains ------------------------------------------------------------------------

  @Test
  void anOwnUnaryCallMayFinishWhenThePeerDrains() {
    OwnSession session = rig.opened();
    RecordingCaller caller = rig.unary(session, 10);

    rig.receive(new Frame.GoAway("restart"));
    assertEquals(Session.State.CLOSING, session.state());
    rig.receive(EngineRig.returned(1, 0));

    assertEquals("0", caller.outcome());
    assertEquals(1, rig.sent(Frame.Close.class).size());
  }

  @Test
  void aCallNotYetWrittenWhenThePeerDrainsWasNotExecuted() {
    OwnSession session = rig.opened();
    rig.writable(0);
    RecordingCaller caller = rig.unary(session, 10);

    rig.receive(new Frame.GoAway("restart"));
    rig.writable(10);

    assertEquals("14 not-executed", caller.outcome());
    assertEquals(0, rig.sent(Frame.Call.class).size());
  }

  @Test
  void aHostedCallGoesOnWhenThePeerDrains() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10), new Frame.GoAway("restart"));

    rig.host.calls.getFirst().ends();
    rig.settle();

    assertEquals(1, rig.sent(Frame.Return.class).size());
  }

  @Test
  void noSessionIsOpenedToAPeerThatDrains() {
    rig.receive(new Frame.GoAway("restart"));

    assertEquals(Session.State.CLOSED, rig.open(new RecordingSession()).state());
    assertEquals(0, rig.sent(Frame.Open.class).size());
  }

  @Test
  void aPeerThatDrainedAndWentAwayEndsTheLink() {
    rig.receive(new Frame.GoAway("restart"));

    rig.cut();

    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
  }
}

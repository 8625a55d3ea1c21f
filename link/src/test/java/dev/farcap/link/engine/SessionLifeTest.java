package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.farcap.session.Failure;
import dev.farcap.session.Quota;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Sessions from Open to Closed, at the opener and at the host.
final class SessionLifeTest {
  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
  }

  // ---- opener ---------------------------------------------------------------------------------

  @Test
  void theFirstCallsShareAFlightWithOpen() {
    OwnSession session = rig.open(new RecordingSession());
    rig.unary(session, 10);

    assertEquals(List.of(FrameKind.HELLO, FrameKind.OPEN, FrameKind.CALL), rig.takeKinds());
    assertEquals(Session.State.OPENING, session.state());
  }

  @Test
  void openedMakesItActive() {
    RecordingSession events = new RecordingSession();
    OwnSession session = rig.open(events);

    rig.receive(new Frame.Opened(1, 0));

    assertEquals(Session.State.ACTIVE, session.state());
    assertEquals(List.of("opened"), events.events);
  }

  @Test
  void refusedEndsItsCallsAsNotExecuted() {
    RecordingSession events = new RecordingSession();
    OwnSession session = rig.open(events);
    RecordingCaller caller = rig.unary(session, 10);

    rig.receive(
        new Frame.Refused(1, Failure.notExecuted(Failure.Kind.REFUSED, "not allowed, id 7")));

    assertEquals("7 not-executed", caller.outcome());
    assertEquals("not allowed, id 7", caller.description);
    assertEquals(List.of("closed"), events.events);
  }

  @Test
  void aCallThatComesAfterTheRefusalIsToldTheSame() {
    OwnSession session = rig.open(new RecordingSession());
    rig.receive(
        new Frame.Refused(1, Failure.notExecuted(Failure.Kind.REFUSED, "not allowed, id 7")));

    RecordingCaller late = rig.begin(session, null);

    assertEquals("7 not-executed", late.outcome());
    assertEquals("not allowed, id 7", late.description);
  }

  @Test
  void aSessionThatIsNotAnsweredInTimeEnds() {
    RecordingSession events = new RecordingSession();
    OwnSession session = rig.open(events);
    RecordingCaller written = rig.unary(session, 10);

    rig.receive(new Frame.Pong(0)).pass(Duration.ofSeconds(10));

    assertEquals("14 unknown", written.outcome());
    assertEquals(List.of("closed"), events.events);
    assertEquals(List.of(1L), rig.sent(Frame.Close.class).stream().map(c -> c.session()).toList());
  }

  @Test
  void aSessionWithoutLinkInTimeEndsAndItsCallsWereNotExecuted() {
    try (EngineRig alone = new EngineRig()) {
      OwnSession session = alone.open(new RecordingSession());
      RecordingCaller caller = alone.unary(session, 10);

      alone.pass(Duration.ofSeconds(10));

      assertEquals("14 not-executed", caller.outcome());
      assertEquals("session was not opened within 10000 ms", caller.description);
    }
  }

  @Test
  void aSessionOpenedBeforeTheFirstHelloIsWrittenAfterIt() {
    try (EngineRig early = new EngineRig()) {
      early.unary(early.open(new RecordingSession()), 10);

      early.connect();

      assertEquals(List.of(FrameKind.HELLO, FrameKind.OPEN, FrameKind.CALL), early.takeKinds());
    }
  }

  @Test
  void closingEndsItsCallsAtOnce() {
    OwnSession session = rig.opened();
    RecordingCaller caller = rig.unary(session, 10);

    session.close(CloseReason.UNUSED);
    rig.settle();

    assertEquals("14 unknown", caller.outcome());
    assertEquals(1, rig.sent(Frame.Close.class).size());
  }

  @Test
  void anUnaskedClosedEndsItsCalls() {
    RecordingSession events = new RecordingSession();
    OwnSession session = rig.open(events);
    RecordingCaller caller = rig.unary(session, 10);

    rig.receive(
        new Frame.Opened(1, 0),
        new Frame.Closed(1, Failure.unknown(Failure.Kind.REFUSED, "expired")));

    assertEquals("7 unknown", caller.outcome());
    assertEquals(List.of("opened", "closed"), events.events);
  }

  @Test
  void framesOfASessionThatIsOverAreDroppedSilently() {
    OwnSession session = rig.opened();
    rig.unary(session, 10);
    session.close(CloseReason.UNUSED);
    rig.settle();

    rig.receive(
        new Frame.Opened(1, 0),
        new Frame.Headers(1, LinkEngine.NO_METADATA),
        new Frame.Message(1, 3, rig.bytes(3)),
        EngineRig.returned(1, 0),
        new Frame.Closed(1, null),
        new Frame.Closed(1, Failure.unknown(Failure.Kind.REFUSED, "expired")));

    assertEquals(LinkEngine.State.UP, rig.engine.state());
    assertEquals(3, rig.counters.late.sum());
  }

  // ---- rerouted -------------------------------------------------------------------------------

  @Test
  void aReroutedSessionLetsAUnaryCallFinish() {
    OwnSession session = rig.opened();
    RecordingCaller caller = rig.unary(session, 10);
    rig.takeSent();

    session.close(CloseReason.REROUTED);
    rig.settle().pass(Duration.ofMillis(4_900));
    assertEquals(0, rig.sent(Frame.Close.class).size());
    rig.receive(EngineRig.returned(1, 0));

    assertEquals("0", caller.outcome());
    assertEquals(CloseReason.REROUTED, rig.sent(Frame.Close.class).getFirst().reason());
  }

  @Test
  void aReroutedSessionEndsAUnaryCallAfterItsGrace() {
    OwnSession session = rig.opened();
    RecordingCaller caller = rig.unary(session, 10);

    session.close(CloseReason.REROUTED);
    rig.settle().pass(Duration.ofSeconds(5));

    assertEquals("14 unknown", caller.outcome());
    assertEquals(1, rig.sent(Frame.Close.class).size());
  }

  @Test
  void aReroutedSessionEndsStreamsAtOnce() {
    OwnSession session = rig.opened();
    RecordingCaller stream = rig.begin(session, null);
    stream.call().message(rig.bytes(10));
    rig.settle();

    session.close(CloseReason.REROUTED);
    rig.settle();

    assertEquals("14 unknown", stream.outcome());
  }

  @Test
  void aReroutedSessionTakesNoNewCall() {
    RecordingSession events = new RecordingSession();
    OwnSession session = rig.open(events);
    rig.receive(new Frame.Opened(1, 0));
    rig.unary(session, 10);

    session.close(CloseReason.REROUTED);
    RecordingCaller late = rig.begin(session, null);

    assertEquals("14 not-executed", late.outcome());
    assertEquals(List.of("opened", "closing"), events.events);
  }

  // ---- host -----------------------------------------------------------------------------------

  @Test
  void callsOfASessionNotYetAllowedWait() {
    rig.receive(new Frame.Open(2, "sim.Service", List.of("app"), 0, null), rig.call(2, 2, 10));
    assertEquals(0, rig.host.calls.size());

    rig.allow(Quota.DEFAULT, Duration.ofDays(1));

    assertEquals(1, rig.host.calls.size());
    assertEquals(1_234, rig.sent(Frame.Opened.class).getFirst().expiresMs());
  }

  @Test
  void theLaterFramesOfARefusedSessionAreDroppedSilently() {
    rig.receive(
        new Frame.Open(2, "sim.Service", List.of("app"), 0, null), EngineRig.bareCall(2, 2, 0));
    rig.refuse(Failure.notExecuted(Failure.Kind.REFUSED, "not allowed"));
    rig.takeSent();

    rig.receive(
        new Frame.Message(2, 3, rig.bytes(3)),
        new Frame.HalfClose(2),
        rig.call(4, 2, 10),
        new Frame.Message(4, 3, rig.bytes(3)),
        new Frame.Cancel(4),
        new Frame.Upgrade(2, 0),
        new Frame.Signal(2, 1),
        new Frame.Credit(2, 0, 1 << 20, 0),
        new Frame.Credit(0, 4, 1 << 20, 0),
        new Frame.Close(2, CloseReason.UNUSED));

    assertEquals(List.of(), rig.takeSent());
    assertEquals(LinkEngine.State.UP, rig.engine.state());
  }

  @Test
  void anOpenThatNamesNoServiceIsRefused() {
    rig.receive(new Frame.Open(2, "no service", List.of("app"), 0, null));

    assertEquals(Failure.Kind.REFUSED, rig.sent(Frame.Refused.class).getFirst().failure().kind());
    assertEquals(0, rig.asked.size());
  }

  @Test
  void aDecisionThatComesTooLateChangesNothing() {
    rig.receive(
        new Frame.Open(2, "sim.Service", List.of("app"), 0, null),
        new Frame.Close(2, CloseReason.UNUSED));
    rig.takeSent();

    rig.allow(Quota.DEFAULT, Duration.ofDays(1));

    assertEquals(List.of(), rig.takeSent());
    assertEquals(0, rig.engine.hostedSessions());
  }

  @Test
  void closeCancelsItsCallsAndIsAnswered() {
    rig.hosts(2);
    rig.receive(EngineRig.bareCall(2, 2, 0));

    rig.receive(new Frame.Close(2, CloseReason.UNUSED));

    assertNotNull(rig.host.calls.getFirst().cancelled);
    assertEquals(List.of("closed by the peer: UNUSED"), rig.host.closed);
    assertNull(rig.sent(Frame.Closed.class).getFirst().failure());
  }

  @Test
  void anExpiredSessionEndsWithItsCalls() {
    rig.hosts(2, Quota.DEFAULT, Duration.ofSeconds(10));
    rig.receive(EngineRig.bareCall(2, 2, 0));

    rig.pass(Duration.ofSeconds(10));

    assertNotNull(rig.host.calls.getFirst().cancelled);
    assertEquals(1, rig.host.closed.size());
    assertNotNull(rig.sent(Frame.Closed.class).getFirst().failure());
  }

  @Test
  void anExpiredSessionEndsWhileSuspendedToo() {
    rig.hosts(2, Quota.DEFAULT, Duration.ofSeconds(10));
    rig.cut();

    rig.pass(Duration.ofSeconds(10));

    assertEquals(1, rig.host.closed.size());
  }

  @Test
  void anUpgradeMovesTheEndOfASession() {
    rig.hosts(2, Quota.DEFAULT, Duration.ofSeconds(10));
    rig.pass(Duration.ofSeconds(5));
    rig.receive(new Frame.Pong(0));

    rig.receive(new Frame.Present(1, new byte[] {7}), new Frame.Upgrade(2, 1));
    assertArrayEquals(new byte[] {7}, rig.asked.peek().token());
    rig.allow(Quota.DEFAULT, Duration.ofSeconds(10));

    rig.pass(Duration.ofMillis(9_900));
    assertEquals(0, rig.host.closed.size());
    rig.pass(Duration.ofMillis(200));
    assertEquals(1, rig.host.closed.size());
  }

  @Test
  void anUpgradeThatIsRefusedChangesNothing() {
    rig.hosts(2, Quota.DEFAULT, Duration.ofSeconds(10));
    rig.receive(new Frame.Present(1, new byte[] {7}), new Frame.Upgrade(2, 1));

    rig.refuse(Failure.notExecuted(Failure.Kind.REFUSED, "revoked"));

    assertEquals(1, rig.engine.hostedSessions());
    assertEquals(List.of(), rig.takeSent());
  }

  // ---- ids ------------------------------------------------------------------------------------

  private void assertEnded() {
    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
    assertEquals(1, rig.counters.malformed.sum());
  }

  @Test
  void aSessionIdIsNotUsedTwice() {
    rig.hosts(2);

    rig.receive(new Frame.Open(2, "sim.Service", List.of("app"), 0, null));

    assertEnded();
  }

  @Test
  void aSessionIdOfAnEndedSessionIsNotUsedAgain() {
    rig.hosts(2);
    rig.receive(new Frame.Close(2, CloseReason.UNUSED));

    rig.receive(new Frame.Open(2, "sim.Service", List.of("app"), 0, null));

    assertEnded();
  }

  @Test
  void aCallIdIsNotUsedTwice() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));

    rig.receive(rig.call(2, 2, 10));

    assertEnded();
  }

  @Test
  void idsOfThisSideAreNotThePeersToChoose() {
    rig.receive(new Frame.Open(3, "sim.Service", List.of("app"), 0, null));

    assertEnded();
  }

  @Test
  void aCallInASessionThatWasNeverOpenedEndsTheLink() {
    rig.receive(rig.call(2, 2, 10));

    assertEnded();
  }

  @Test
  void aFrameOfACallThatNeverBeganEndsTheLink() {
    rig.receive(new Frame.Message(2, 3, rig.bytes(3)));

    assertEnded();
  }

  @Test
  void aReturnOfACallThatNeverBeganEndsTheLink() {
    rig.receive(EngineRig.returned(1, 0));

    assertEnded();
  }
}

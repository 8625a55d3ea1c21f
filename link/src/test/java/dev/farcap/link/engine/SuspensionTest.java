package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.farcap.session.Id128;
import dev.farcap.session.Session;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The connection is lost: each side acts locally at once, what was begun goes on when it comes
/// back, and the end of the window says truly what may have been executed.
final class SuspensionTest {
  private final EngineRig rig = EngineRig.up();
  private final OwnSession session = rig.opened();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void aDeadlineActsAtOnceAndItsCancelFollowsOnResume() {
    RecordingCaller caller = rig.begin(session, rig.in(Duration.ofSeconds(1)));
    rig.settle().cut();

    rig.pass(Duration.ofSeconds(1));
    assertEquals("4", caller.outcome());
    rig.takeSent();
    rig.resume(2);

    assertEquals(List.of(FrameKind.HELLO, FrameKind.CANCEL), rig.takeKinds());
  }

  @Test
  void aCancelActsAtOnceAndFollowsOnResume() {
    RecordingCaller caller = rig.unary(session, 10);
    rig.cut().takeSent();

    caller.call().cancel();
    rig.resume(2).receive(returnOf(1));

    assertEquals(List.of(FrameKind.HELLO, FrameKind.CANCEL), rig.takeKinds());
    assertFalse(caller.isOver());
    assertEquals(0, rig.engine.calls());
  }

  private static Frame.Return returnOf(long call) {
    return EngineRig.returned(call, 0);
  }

  @Test
  void aCallBegunWhileSuspendedIsWrittenOnResume() {
    rig.cut().takeSent();
    RecordingCaller caller = rig.unary(session, 10);
    assertEquals(List.of(), rig.takeSent());

    rig.resume(1).receive(returnOf(1));

    assertEquals(List.of(FrameKind.HELLO, FrameKind.CALL), rig.takeKinds());
    assertEquals("0", caller.outcome());
  }

  @Test
  void onlyWhatThePeerHasNotTakenIsSentAgain() {
    for (int i = 0; i < 4; i++) {
      rig.unary(session, 10);
    }
    rig.cut().takeSent();

    rig.resume(3);

    List<Long> numbers = rig.takeSent().stream().map(EngineRig.Sent::number).toList();
    assertEquals(List.of(0L, 4L, 5L), numbers);
    assertEquals(2, rig.counters.replayed.sum());
  }

  @Test
  void creditIsSentAfreshOnResume() {
    rig.hosts(2);
    rig.receive(EngineRig.bareCall(2, 2, 0));
    for (int i = 0; i < 3; i++) {
      rig.receive(new Frame.Message(2, 15_000, rig.bytes(15_000)));
      rig.host.calls.getFirst().call.request(1);
    }
    rig.settle();
    List<String> before = credits();
    rig.cut().takeSent();

    rig.resume(2);

    assertEquals(before, credits());
  }

  private List<String> credits() {
    return rig.sent(Frame.Credit.class).stream()
        .filter(credit -> credit.call() != 0)
        .map(Frame.Credit::toString)
        .toList();
  }

  @Test
  void aHostedCallGoesOnAndIsAnsweredOnResume() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));
    RecordingHost.Served served = rig.host.calls.getFirst();
    rig.cut();

    served.call.request(1);
    served.ends();
    rig.settle().takeSent();
    rig.resume(2);

    assertEquals(List.of(10), served.messages);
    assertEquals(1, rig.sent(Frame.Return.class).size());
  }

  @Test
  void theDeadlineOfAHostedCallActsAtOnce() {
    rig.hosts(2);
    rig.receive(EngineRig.bareCall(2, 2, 1_000_000));
    rig.cut();

    rig.pass(Duration.ofSeconds(1));

    assertEquals("deadline: deadline exceeded", rig.host.calls.getFirst().cancelled);
  }

  @Test
  void aSessionIsSuspendedWithItsLink() {
    rig.cut();
    assertEquals(Session.State.SUSPENDED, session.state());

    rig.resume(1);

    assertEquals(Session.State.ACTIVE, session.state());
  }

  @Test
  void atTheEndOfTheWindowCallsEndByWhatMayHaveHappened() {
    RecordingCaller written = rig.unary(session, 10);
    rig.cut();
    RecordingCaller unwritten = rig.unary(session, 10);

    rig.pass(Duration.ofSeconds(30));

    assertEquals("14 unknown", written.outcome());
    assertEquals("14 not-executed", unwritten.outcome());
    assertEquals("link ended: cut; not back within 30000 ms", written.description);
    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
  }

  @Test
  void atTheEndOfTheWindowHostedCallsAreCancelled() {
    rig.hosts(2);
    rig.receive(EngineRig.bareCall(2, 2, 0));
    rig.cut();

    rig.pass(Duration.ofSeconds(30));

    assertNotNull(rig.host.calls.getFirst().cancelled);
    assertEquals(1, rig.host.closed.size());
  }

  @Test
  void aResumeInTimeStopsTheWindow() {
    rig.cut().pass(Duration.ofSeconds(29));
    rig.resume(1);

    rig.cut().pass(Duration.ofSeconds(29));

    assertEquals(LinkEngine.State.SUSPENDED, rig.engine.state());
  }

  @Test
  void aConnectionWithoutHelloDoesNotStopTheWindow() {
    rig.cut().pass(Duration.ofSeconds(20));
    rig.engine.dialled(new Id128("1".repeat(32)));
    rig.cut();

    rig.pass(Duration.ofSeconds(10));

    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
  }

  @Test
  void aPeerOfAnotherEpochEndsTheLinkAtOnce() {
    RecordingCaller written = rig.unary(session, 10);
    rig.cut();
    RecordingCaller unwritten = rig.unary(session, 10);

    rig.engine.dialled(new Id128("1".repeat(32)));
    rig.answer(true, 0, new Id128("e".repeat(32)));

    assertEquals("14 unknown", written.outcome());
    assertEquals("14 not-executed", unwritten.outcome());
    assertEquals(0, rig.counters.malformed.sum());
  }

  @Test
  void aPeerThatForgotTheLinkEndsItAtOnce() {
    RecordingCaller written = rig.unary(session, 10);
    rig.cut();

    rig.engine.dialled(new Id128("1".repeat(32)));
    rig.answer(false, 0, EngineRig.PEER_EPOCH);

    assertEquals("14 unknown", written.outcome());
  }

  @Test
  void aSessionThatFailsWhileDownRefusesCallsMeanwhile() {
    OwnSession failing = rig.engine.open(EngineRig.REQUEST, null, true, new RecordingSession());
    rig.settle().cut();

    RecordingCaller caller = rig.begin(failing, null);

    assertEquals("14 not-executed", caller.outcome());
    assertEquals("link is down", caller.description);
  }

  @Test
  void withoutResumeWindowALossEndsEverythingAtOnce() {
    try (EngineRig plain =
        new EngineRig(LinkSettings.DEFAULT.withResumeWindow(Duration.ZERO), Limits.DEFAULT)
            .connect()) {
      OwnSession own = plain.opened();
      plain.hosts(2);
      plain.receive(EngineRig.bareCall(2, 2, 0));
      RecordingCaller caller = plain.unary(own, 10);

      plain.cut();

      assertEquals("14 unknown", caller.outcome());
      assertNotNull(plain.host.calls.getFirst().cancelled);
      assertEquals(LinkEngine.State.ENDED, plain.engine.state());
    }
  }
}

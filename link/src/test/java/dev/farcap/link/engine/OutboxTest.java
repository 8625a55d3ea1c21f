package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The frames kept for a resume: when there is no more room, calls slow down; their ends and
/// cancels pass all the same.
final class OutboxTest {
  private static final Limits WIDE =
      new Limits(64 << 20, 64 << 20, 64 << 20, 4 << 20, 100, 16 << 10);

  private final EngineRig rig = EngineRig.up(Limits.DEFAULT, WIDE);
  private final OwnSession session = rig.opened();
  private final RecordingCaller early = rig.unary(session, 10);
  private final RecordingCaller bulk = rig.begin(session, null);

  @AfterEach
  void close() {
    rig.close();
  }

  private void fill() {
    for (int i = 0; i < 400; i++) {
      bulk.call().message(rig.bytes(16_000));
    }
    rig.settle();
    assertTrue(rig.sent.size() < 400, "the outbox is not full");
  }

  private void acknowledgeAll() {
    rig.receive(new Frame.Ack(rig.sent.getLast().number()));
  }

  @Test
  void aFullOutboxSlowsACallAndFailsNone() {
    fill();
    assertTrue(rig.sent.size() > 250);
    assertFalse(bulk.call().isReady());

    acknowledgeAll();

    assertEquals(399, rig.sent(Frame.Message.class).size());
    assertFalse(bulk.isOver());
  }

  @Test
  void aNewCallWaitsForRoom() {
    fill();
    RecordingCaller waiting = rig.unary(session, 10);
    assertEquals(2, rig.sent(Frame.Call.class).size());

    acknowledgeAll();

    assertEquals(3, rig.sent(Frame.Call.class).size());
    assertFalse(waiting.isOver());
  }

  @Test
  void aNewSessionWaitsForRoom() {
    fill();
    rig.takeSent();
    rig.open(new RecordingSession());
    assertEquals(List.of(), rig.takeSent());

    rig.receive(new Frame.Ack(100));

    assertEquals(FrameKind.OPEN, rig.takeKinds().getFirst());
  }

  @Test
  void theCancelOfAnotherCallPasses() {
    fill();
    rig.takeSent();

    early.call().cancel();
    rig.settle();

    assertEquals(List.of(FrameKind.CANCEL), rig.takeKinds());
  }

  @Test
  void theCancelOfACallThatWaitsForRoomPasses() {
    fill();
    rig.takeSent();

    bulk.call().cancel();
    rig.settle();

    assertEquals(List.of(FrameKind.CANCEL), rig.takeKinds());
  }

  @Test
  void aReturnWithoutMessagePasses() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 0));
    fill();
    rig.takeSent();

    rig.host.calls.getFirst().ends();
    rig.settle();

    assertEquals(List.of(FrameKind.RETURN), rig.takeKinds());
  }

  @Test
  void theEndOfAHostedCallThatWaitsForRoomPasses() {
    rig.hosts(2);
    rig.receive(EngineRig.bareCall(2, 2, 5_000_000));
    fill();
    rig.host.calls.getFirst().call.message(rig.bytes(100));
    rig.settle().takeSent();

    rig.pass(Duration.ofSeconds(5));

    assertTrue(rig.takeKinds().contains(FrameKind.RETURN));
  }

  @Test
  void theCancelOfACallThatWaitsForItsSessionsWindowPasses() {
    try (EngineRig narrow = EngineRig.up()) {
      OwnSession own = narrow.opened();
      for (int i = 0; i < 12; i++) {
        narrow.unary(own, 30_000);
      }
      RecordingCaller last = narrow.begin(own, null);
      narrow.settle();
      last.call().message(narrow.bytes(30_000));
      narrow.settle().takeSent();

      last.call().cancel();
      narrow.settle();

      assertEquals(List.of(FrameKind.CANCEL), narrow.takeKinds());
    }
  }

  @Test
  void theEndOfAHostedCallThatWaitsForItsSessionsWindowPasses() {
    Limits small = new Limits(40_000, 50_000, 60_000, 4 << 20, 100, 16 << 10);
    try (EngineRig narrow = EngineRig.up(small, small)) {
      narrow.hosts(2);
      for (int i = 1; i <= 6; i++) {
        narrow.receive(EngineRig.bareCall(2L * i, 2, 5_000_000));
        narrow.host.calls.getLast().call.message(narrow.bytes(19_000));
      }
      narrow.settle().takeSent();

      narrow.pass(Duration.ofSeconds(5));

      assertEquals(6, narrow.sent(Frame.Return.class).size());
    }
  }
}

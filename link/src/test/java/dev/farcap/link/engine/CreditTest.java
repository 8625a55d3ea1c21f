package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The windows: a sender never takes more than it was granted, a receiver ends the link of one that
/// does.
final class CreditTest {
  private static final Limits SMALL = new Limits(40_000, 50_000, 60_000, 4 << 20, 100, 16 << 10);

  private EngineRig rig = EngineRig.up(SMALL, SMALL);

  @AfterEach
  void close() {
    rig.close();
  }

  private void assertEnded() {
    assertEquals(LinkEngine.State.ENDED, rig.engine.state());
    assertEquals(1, rig.counters.malformed.sum());
  }

  private Frame.Message message(long call, int length, int chunk) {
    return new Frame.Message(call, length, rig.bytes(chunk));
  }

  // ---- receiving ------------------------------------------------------------------------------

  @Test
  void aMessageBeyondTheCallsWindowEndsTheLink() {
    rig.hosts(2);
    rig.receive(
        EngineRig.bareCall(2, 2, 0), message(2, 16_000, 16_000), message(2, 16_000, 16_000));

    rig.receive(message(2, 8_000, 8_000));

    assertEnded();
  }

  @Test
  void aMessageBeyondTheWindowOfASessionNotYetAllowedEndsTheLink() {
    rig.receive(new Frame.Open(2, "sim.Service", List.of(), 0, null));
    rig.receive(
        EngineRig.bareCall(2, 2, 0), message(2, 16_000, 16_000), message(2, 16_000, 16_000));

    rig.receive(rig.call(4, 2, 16_000), rig.call(6, 2, 16_000));

    assertEnded();
  }

  @Test
  void aMessageLongerThanTheLimitEndsTheLink() {
    rig.hosts(2);

    rig.receive(EngineRig.bareCall(2, 2, 0), message(2, (4 << 20) + 1, 100));

    assertEnded();
  }

  @Test
  void aLongMessageThatGoesOnBeforeThereIsRoomEndsTheLink() {
    rig.hosts(2);

    rig.receive(
        EngineRig.bareCall(2, 2, 0),
        message(2, 100_000, 16_384),
        message(2, Frame.NO_LENGTH, 16_384));

    assertEnded();
  }

  @Test
  void aChunkBeyondItsMessageEndsTheLink() {
    rig.hosts(2);

    rig.receive(EngineRig.bareCall(2, 2, 0), message(2, 10, 5), message(2, Frame.NO_LENGTH, 6));

    assertEnded();
  }

  @Test
  void aFirstChunkLongerThanItsMessageEndsTheLink() {
    rig.hosts(2);

    rig.receive(EngineRig.bareCall(2, 2, 0), message(2, 5, 6));

    assertEnded();
  }

  @Test
  void aMessageThatBeginsWithinAnotherEndsTheLink() {
    rig.hosts(2);

    rig.receive(EngineRig.bareCall(2, 2, 0), message(2, 10, 5), message(2, 10, 5));

    assertEnded();
  }

  @Test
  void anEmptyFurtherChunkEndsTheLink() {
    rig.hosts(2);

    rig.receive(EngineRig.bareCall(2, 2, 0), message(2, 10, 5), message(2, Frame.NO_LENGTH, 0));

    assertEnded();
  }

  @Test
  void aHalfCloseWithinAMessageEndsTheLink() {
    rig.hosts(2);

    rig.receive(EngineRig.bareCall(2, 2, 0), message(2, 10, 5), new Frame.HalfClose(2));

    assertEnded();
  }

  @Test
  void aReaderThatTakesHalfOfTheWindowGivesCredit() {
    rig.hosts(2);
    rig.receive(
        EngineRig.bareCall(2, 2, 0), message(2, 10_000, 10_000), message(2, 11_000, 11_000));
    rig.takeSent();

    rig.host.calls.getFirst().call.request(1);
    rig.settle();
    assertEquals(0, ofCall(2).size());
    rig.host.calls.getFirst().call.request(1);
    rig.settle();

    assertEquals(40_000 + 21_032, ofCall(2).getFirst().bytes());
  }

  private List<Frame.Credit> ofCall(long call) {
    return rig.sent(Frame.Credit.class).stream().filter(one -> one.call() == call).toList();
  }

  @Test
  void whatACancelledCallHeldIsGivenBackToItsSession() {
    rig.hosts(2);
    for (int i = 1; i <= 20; i++) {
      rig.receive(EngineRig.bareCall(2L * i, 2, 0), message(2L * i, 16_000, 10_000));
      rig.receive(new Frame.Cancel(2L * i));
    }

    assertEquals(LinkEngine.State.UP, rig.engine.state());
    assertEquals(0, rig.counters.bufferedBytes());
  }

  // ---- sending --------------------------------------------------------------------------------

  private long messagesSent() {
    return rig.sent(Frame.Message.class).size()
        + rig.sent(Frame.Call.class).stream().filter(call -> call.length() >= 0).count();
  }

  @Test
  void aSenderStopsAtTheCallsWindowAndGoesOnWithCredit() {
    RecordingCaller caller = rig.begin(rig.opened(), null);
    rig.receive(new Frame.Credit(1, 0, 1 << 20, 0));
    for (int i = 0; i < 5; i++) {
      caller.call().message(rig.bytes(15_000));
    }
    rig.settle();
    assertEquals(2, messagesSent());

    rig.receive(new Frame.Credit(0, 1, 40_000 + 2 * 15_016, 0));

    assertEquals(4, messagesSent());
  }

  @Test
  void aSenderStopsAtTheSessionsWindowAndGoesOnWithCredit() {
    OwnSession session = rig.opened();
    for (int i = 0; i < 5; i++) {
      rig.unary(session, 16_000);
    }
    assertEquals(3, messagesSent());

    rig.receive(new Frame.Credit(1, 0, 50_000 + 16_016, 0));

    assertEquals(4, messagesSent());
  }

  @Test
  void emptyMessagesCostToo() {
    RecordingCaller caller = rig.begin(rig.opened(), null);
    for (int i = 0; i < 5_000; i++) {
      caller.call().message(rig.bytes(0));
    }
    rig.settle();

    assertEquals(40_000 / 16, messagesSent());
  }

  @Test
  void creditThatShrinksIsOldNews() {
    RecordingCaller caller = rig.begin(rig.opened(), null);
    rig.receive(new Frame.Credit(1, 0, 1 << 20, 0));
    for (int i = 0; i < 4; i++) {
      caller.call().message(rig.bytes(15_000));
    }
    rig.settle();

    rig.receive(new Frame.Credit(0, 1, 70_064, 0), new Frame.Credit(0, 1, 1, 0));

    assertEquals(4, messagesSent());
  }

  @Test
  void aSessionOpenedBeforeTheFirstHelloKeepsToThePeersOpeningWindow() {
    rig.close();
    rig = new EngineRig(EngineRig.settings(SMALL), SMALL);
    OwnSession session = rig.open(new RecordingSession());
    for (int i = 0; i < 5; i++) {
      rig.unary(session, 16_000);
    }

    rig.connect();

    assertEquals(3, messagesSent());
  }
}

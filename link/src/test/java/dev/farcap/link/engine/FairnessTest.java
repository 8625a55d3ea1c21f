package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who may write next: state and sessions first, then calls in turn, one chunk each.
final class FairnessTest {
  private static final Limits WIDE =
      new Limits(64 << 20, 64 << 20, 64 << 20, 4 << 20, 100, 16 << 10);

  private final EngineRig rig = EngineRig.up(Limits.DEFAULT, WIDE);
  private final OwnSession session = rig.opened();

  @AfterEach
  void close() {
    rig.close();
  }

  private RecordingCaller bulk() {
    RecordingCaller caller = rig.begin(session, null);
    caller.call().message(rig.bytes(2 << 20));
    return caller;
  }

  private static int indexOf(List<EngineRig.Sent> sent, long call) {
    for (int i = 0; i < sent.size(); i++) {
      if (sent.get(i).frame() instanceof Frame.Call begun && begun.call() == call) {
        return i;
      }
    }
    throw new AssertionError("call " + call + " was not written");
  }

  @Test
  void aSmallCallWaitsForOneChunkOfABulkTransferAtMost() {
    rig.writable(0);
    bulk();
    rig.writable(10);
    rig.takeSent();
    rig.unary(session, 100);

    rig.writable(5);

    assertTrue(indexOf(rig.takeSent(), 3) <= 1);
  }

  @Test
  void aSmallCallWaitsForOneChunkOfEachOfManyBulkTransfers() {
    rig.writable(0);
    for (int i = 0; i < 9; i++) {
      bulk();
    }
    rig.writable(35);
    rig.takeSent();
    rig.unary(session, 100);

    rig.writable(50);

    assertTrue(indexOf(rig.takeSent(), 19) <= 9);
  }

  @Test
  void aSmallReplyWaitsForOneChunkOfABulkReplyAtMost() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 0), rig.call(4, 2, 0));
    rig.writable(0);
    rig.host.calls.getFirst().call.message(rig.bytes(2 << 20));
    rig.writable(10);
    rig.takeSent();
    HostedCall small = rig.host.calls.get(1).call;
    small.message(rig.bytes(100));
    small.finish(0, "", LinkEngine.NO_METADATA);

    rig.writable(5);

    assertTrue(rig.takeKinds().indexOf(FrameKind.RETURN) <= 1);
  }

  @Test
  void bulkTransfersShareByTurns() {
    rig.writable(0);
    bulk();
    bulk();
    rig.writable(40);

    long first =
        rig.sent(Frame.Message.class).stream().filter(message -> message.call() == 1).count();
    long second =
        rig.sent(Frame.Message.class).stream().filter(message -> message.call() == 3).count();

    assertTrue(Math.abs(first - second) <= 1, first + " and " + second);
  }

  @Test
  void sessionsAndSignalsGoBeforeBulkTransfers() {
    rig.writable(0);
    bulk();
    rig.writable(10);
    rig.takeSent();
    session.submit(1);
    rig.open(new RecordingSession());

    rig.writable(3);

    assertEquals(List.of(FrameKind.SIGNAL, FrameKind.OPEN), rig.takeKinds().subList(0, 2));
  }

  @Test
  void whatIsNotWritableIsNotWritten() {
    rig.writable(0);
    bulk();

    rig.settle();

    assertEquals(List.of(), rig.takeSent());
  }
}

package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Quota;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Calls in flight of a session, and bytes that wait: one too many fails alone.
final class QuotaTest {
  private static final Quota TWO = new Quota(2, 1 << 20, 10);
  private static final Quota QUARTER = new Quota(10, 256 << 10, 10);

  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
  }

  private List<Long> failed() {
    return rig.sent(Frame.Return.class).stream()
        .filter(end -> end.code() == 8)
        .map(Frame.Return::call)
        .toList();
  }

  @Test
  void oneTooManyFailsAlone() {
    rig.hosts(2, TWO, Duration.ofDays(1));

    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10), rig.call(6, 2, 10));

    assertEquals(List.of(6L), failed());
    assertEquals(2, rig.host.calls.size());
    assertNull(rig.host.calls.getFirst().cancelled);
  }

  @Test
  void aCallThatIsOverMakesRoom() {
    rig.hosts(2, TWO, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10));

    rig.host.calls.getFirst().ends();
    rig.settle().receive(rig.call(6, 2, 10));

    assertEquals(3, rig.host.calls.size());
  }

  @Test
  void ofTheCallsThatWaitedForTheGateTheFirstOnesBegin() {
    rig.receive(new Frame.Open(2, "sim.Service", List.of("app"), 0, null));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10), rig.call(6, 2, 10), rig.call(8, 2, 10));

    rig.allow(TWO, Duration.ofDays(1));

    assertEquals(2, rig.host.calls.size());
    assertEquals(List.of(6L, 8L), failed());
  }

  @Test
  void anotherSessionIsNotConcerned() {
    rig.hosts(2, TWO, Duration.ofDays(1));
    rig.hosts(4, TWO, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10), rig.call(6, 2, 10));

    rig.receive(rig.call(8, 4, 10));

    assertEquals(List.of(6L), failed());
    assertEquals(3, rig.host.calls.size());
  }

  @Test
  void anUpgradeChangesTheQuota() {
    rig.hosts(2, TWO, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10), new Frame.Upgrade(2, 0));
    rig.allow(Quota.DEFAULT, Duration.ofDays(1));

    rig.receive(rig.call(6, 2, 10));

    assertEquals(3, rig.host.calls.size());
  }

  @Test
  void whatWaitsAtAllCallsTogetherIsBounded() {
    rig.hosts(2, QUARTER, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10), rig.call(6, 2, 10));

    rig.host.calls.get(0).call.message(rig.bytes(900_000));
    rig.host.calls.get(1).call.message(rig.bytes(200_000));
    rig.host.calls.get(2).call.message(rig.bytes(50_000));
    rig.settle();

    assertEquals(List.of(4L), failed());
    assertNull(rig.host.calls.get(0).cancelled);
    assertNull(rig.host.calls.get(2).cancelled);
    assertTrue(
        rig.counters.bufferedBytes() > 850_000, () -> "only " + rig.counters.bufferedBytes());
  }

  @Test
  void whatNoLongerWaitsMakesRoom() {
    rig.hosts(2, QUARTER, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10));
    rig.host.calls.get(0).call.message(rig.bytes(900_000));
    rig.settle();

    rig.receive(new Frame.Cancel(2));
    rig.host.calls.get(1).call.message(rig.bytes(200_000));
    rig.settle();

    assertEquals(List.of(), failed());
  }

  @Test
  void aMessageLargerThanTheQuotaPassesAlone() {
    rig.hosts(2, QUARTER, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10));

    rig.host.calls.get(0).call.message(rig.bytes(4 << 20));
    rig.settle();

    assertEquals(List.of(), failed());
  }

  @Test
  void requestsThatWaitAreBoundedToo() {
    OwnSession session = rig.opened();

    List<RecordingCaller> calls =
        IntStream.range(0, 5).mapToObj(_ -> rig.unary(session, 4 << 20)).toList();
    rig.settle();

    assertEquals(List.of(calls.getLast()), calls.stream().filter(RecordingCaller::isOver).toList());
    assertEquals("8 not-executed", calls.getLast().outcome());
  }

  @Test
  void sessionsThatWaitLeaveRoomForOneThatDoesNot() {
    List<OwnSession> greedy = IntStream.range(0, 20).mapToObj(_ -> rig.opened()).toList();
    for (int i = 0; i < 20; i++) {
      greedy.forEach(session -> rig.unary(session, 1 << 20));
    }
    long waiting = rig.sendRoom.bytes();

    RecordingCaller modest = rig.unary(rig.opened(), 100);
    rig.settle();

    assertTrue(waiting <= SendRoom.LEAST_BYTES, () -> waiting + " bytes wait");
    assertFalse(modest.isOver());
  }

  @Test
  void manySessionsOfALinkHaveNoMoreThanOne() {
    // Four fifths of what long messages may have.
    long one = SendRoom.LEAST_BYTES * 6 / 7 * 4 / 5;

    for (int i = 0; i < 1_000; i++) {
      rig.unary(rig.opened(), 100_000);
    }

    assertTrue(rig.sendRoom.bytes() > one - 200_000, () -> rig.sendRoom.bytes() + " bytes wait");
    assertTrue(rig.sendRoom.bytes() <= one, () -> rig.sendRoom.bytes() + " bytes wait");
  }

  @Test
  void longMessagesOfASessionLeaveItsQuotaToShortOnes() {
    rig.hosts(2, new Quota(10, 1 << 20, 10), Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10), rig.call(6, 2, 10));

    boolean first = rig.host.calls.get(0).call.announce(4 << 20, () -> {});
    boolean second = rig.host.calls.get(1).call.announce(1 << 20, () -> {});
    rig.host.calls.get(2).call.message(rig.bytes(1_000));
    rig.settle();

    assertTrue(first);
    assertFalse(second, "four times the quota");
    assertEquals(List.of(), failed());
  }

  @Test
  void whatIsReceivedTakesNoRoomFromWhatIsToBeSent() {
    for (long id = 2; id <= 20; id += 2) {
      rig.hosts(id);
      rig.receive(
          new Frame.Call(
              id, id, "Say", 0, LinkEngine.NO_METADATA, false, 4 << 20, rig.bytes(16_384)));
      rig.host.calls.getLast().call.request(1);
    }
    rig.settle();
    long received = rig.counters.bufferedBytes();

    RecordingCaller modest = rig.unary(rig.opened(), 1);
    rig.host.calls.getFirst().call.message(rig.bytes(1));
    rig.settle();

    assertTrue(received > 39 << 20, () -> "only " + received + " bytes are received");
    assertFalse(modest.isOver());
    assertEquals(List.of(), failed());
  }

  @Test
  void whereMuchWaitsStreamsSlowDownInsteadOfFailing() {
    rig.hosts(2, QUARTER, Duration.ofDays(1));
    rig.receive(rig.call(2, 2, 10), rig.call(4, 2, 10));
    HostedCall crowd = rig.host.calls.get(0).call;
    HostedCall other = rig.host.calls.get(1).call;
    other.message(rig.bytes(1_000));
    boolean before = other.isReady();

    crowd.message(rig.bytes(200_000));

    assertTrue(before);
    assertFalse(other.isReady());
    rig.settle();
    assertTrue(other.isReady(), "what it had is sent");
    assertEquals(1, rig.host.calls.get(1).readies);
  }
}

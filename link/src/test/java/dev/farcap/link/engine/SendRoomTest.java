package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Session.CloseReason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Long messages get room before they come, in turn, and give back what they do not need.
final class SendRoomTest {
  private static final int SEEDS = Integer.getInteger("farcap.sim.seeds", 150);
  private static final int MIB = 1 << 20;

  private final EngineRig rig = EngineRig.up();
  private final List<String> granted = new ArrayList<>();

  /// Links to other peers.
  private final List<EngineRig> others = new ArrayList<>();

  @AfterEach
  void close() {
    others.forEach(EngineRig::close);
    rig.close();
    assertEquals(0, rig.sendRoom.bytes());
  }

  private OwnCall begin(OwnSession session) {
    return rig.begin(session, null).call();
  }

  /// Announces at a call of its own.
  private boolean announce(OwnSession session, String name, int bytes) {
    return begin(session).announce(bytes, () -> granted.add(name));
  }

  /// Announces 1 MiB at as many calls as there is room for.
  private List<OwnCall> fill(OwnSession session) {
    return fill(rig, session, MIB);
  }

  private static List<OwnCall> fill(EngineRig rig, OwnSession session, int bytes) {
    List<OwnCall> calls = new ArrayList<>();
    OwnCall next = rig.begin(session, null).call();
    while (next.announce(bytes, () -> {})) {
      calls.add(next);
      next = rig.begin(session, null).call();
    }
    next.cancel();
    rig.settle();
    return calls;
  }

  private EngineRig anotherLink() {
    EngineRig made = rig.beside();
    others.add(made);
    return made;
  }

  @Test
  void aMessageTakesTheRoomThatItWasGiven() {
    OwnCall call = begin(rig.opened());

    boolean room = call.announce(MIB, () -> {});

    assertTrue(room);
    assertEquals(MIB, rig.sendRoom.bytes());
    call.message(rig.bytes(MIB));
    assertEquals(MIB, rig.sendRoom.bytes());
  }

  @Test
  void whatIsWithdrawnOrOverGivesItsRoomBack() {
    OwnSession session = rig.opened();
    OwnCall withdrawn = begin(session);
    OwnCall cancelled = begin(session);
    OwnCall ended = begin(session);
    for (OwnCall call : List.of(withdrawn, cancelled, ended)) {
      assertTrue(call.announce(MIB, () -> {}));
    }

    withdrawn.withdraw();
    cancelled.cancel();
    ended.halfClose();

    assertEquals(0, rig.sendRoom.bytes());
  }

  @Test
  void whatWaitsGoesOnWhenAnotherIsGivenUp() {
    OwnSession session = rig.opened();
    List<OwnCall> calls = fill(session);
    announce(session, "next", MIB);
    rig.settle();
    assertEquals(List.of(), granted);

    calls.getFirst().cancel();
    rig.settle();

    assertEquals(List.of("next"), granted);
  }

  @Test
  void whatWaitsGoesOnWhenAnotherIsSent() {
    OwnSession session = rig.opened();
    OwnCall first = fill(session).getFirst();
    announce(session, "next", MIB);
    first.message(rig.bytes(MIB));
    rig.settle();
    assertEquals(List.of(), granted);

    rig.receive(new Frame.Credit(0, 1, 64 << 10, 1));

    assertEquals(List.of("next"), granted);
  }

  @Test
  void whoIsGivenUpWhileItWaitsGetsNoRoom() {
    OwnSession session = rig.opened();
    List<OwnCall> calls = fill(session);
    OwnCall waiting = begin(session);
    waiting.announce(MIB, () -> granted.add("given up"));
    announce(session, "next", MIB);

    waiting.cancel();
    calls.getFirst().cancel();
    rig.settle();

    assertEquals(List.of("next"), granted);
  }

  @Test
  void aLongerMessageIsNotOvertakenByShorterOnes() {
    OwnSession session = rig.opened();
    List<OwnCall> calls = fill(session);
    announce(session, "longer", 4 * MIB);
    for (int i = 0; i < 10; i++) {
      announce(session, "shorter", 100_000);
    }

    calls.getFirst().cancel();
    rig.settle();

    assertEquals("longer", granted.getFirst());
  }

  @Test
  void whoWaitsIsNotOvertakenByWhoAsksLater() {
    List<OwnCall> calls = fill(rig.opened());
    for (int i = 0; i < 5; i++) {
      fill(rig.opened());
    }
    OwnSession later = rig.opened();
    assertFalse(announce(rig.opened(), "first", MIB));

    calls.getFirst().cancel();
    boolean overtakes = announce(later, "later", MIB);
    rig.settle();

    assertFalse(overtakes);
    assertEquals(List.of("first"), granted);
  }

  @Test
  void whoGivesUpWaitingLetsTheNextGoOn() {
    fill(rig.opened());
    OwnSession session = rig.opened();
    OwnCall first = begin(session);
    assertFalse(first.announce(12 * MIB, () -> granted.add("first")));
    announce(session, "next", MIB);
    rig.settle();
    assertEquals(List.of(), granted);

    first.withdraw();
    rig.settle();

    assertEquals(List.of("next"), granted);
  }

  @Test
  void whoFailsWhenItHasRoomHoldsUpNobody() {
    OwnSession session = rig.opened();
    List<OwnCall> calls = fill(session);
    OwnCall failing = begin(session);
    assertFalse(
        failing.announce(
            MIB,
            () -> {
              throw new IllegalStateException("of the test");
            }));
    announce(session, "next", MIB);

    calls.subList(0, 2).forEach(OwnCall::cancel);
    assertThrows(IllegalStateException.class, rig::settle);
    rig.settle();

    assertEquals(List.of("next"), granted);
  }

  @Test
  void aSessionThatTakesNothingHoldsUpItselfOnly() {
    OwnSession stuck = rig.opened();
    fill(stuck);
    announce(stuck, "stuck", MIB);
    OwnSession other = rig.opened();

    for (int i = 0; i < 20; i++) {
      OwnCall call = begin(other);
      var _ = call.announce(4 * MIB, () -> granted.add("other"));
      rig.settle();
      call.cancel();
      rig.settle();
    }

    assertEquals(Collections.nCopies(20, "other"), granted);
  }

  @Test
  void sessionsOfALinkAreServedInTurn() {
    OwnSession one = rig.opened();
    OwnSession two = rig.opened();
    List<OwnCall> calls = fill(one);
    fill(two);
    for (String name : List.of("1", "1", "1")) {
      announce(one, name, MIB);
    }
    announce(two, "2", MIB);

    calls.subList(0, 4).forEach(OwnCall::cancel);
    rig.settle();

    assertTrue(granted.indexOf("2") >= 0 && granted.indexOf("2") < 2, granted::toString);
  }

  @Test
  void aPeerThatTakesNothingLeavesRoomForAnother() {
    for (int i = 0; i < 50; i++) {
      fill(rig.opened());
    }
    SendRoom.Share other = rig.sendRoom.newShare();

    assertTrue(other.takes(new ByLength(), 4 * MIB, MIB));
    assertTrue(other.fits(new ByLength(), 64 << 10, false, MIB));
    assertTrue(
        rig.sendRoom.bytes() <= SendRoom.LEAST_BYTES / 2, () -> rig.sendRoom.bytes() + " bytes");
  }

  @Test
  void moreLinksGiveAPeerNoMore() {
    for (int i = 0; i < 50; i++) {
      fill(rig.opened());
    }
    long one = rig.sendRoom.bytes();

    for (int i = 0; i < 63; i++) {
      EngineRig further = rig.again();
      others.add(further);
      fill(further, further.opened(), MIB);
    }

    assertEquals(one, rig.sendRoom.bytes());
  }

  /// However many links take nothing of the long messages they asked for.
  @ParameterizedTest
  @CsvSource({"1, 4194304", "2, 4194304", "3, 4194304", "2, 1048576", "5, 1048576", "5, 100000"})
  void longMessagesLeaveRoomForShortOnes(int links, int bytes) {
    List<RecordingCaller> callers = new ArrayList<>();
    List<EngineRig> all = new ArrayList<>(List.of(rig));
    while (all.size() < links) {
      all.add(anotherLink());
    }
    for (EngineRig each : all) {
      for (int session = 0; session < 5; session++) {
        fill(each, each.opened(), bytes);
      }
    }
    all.add(anotherLink());

    for (EngineRig each : all) {
      for (int session = 0; session < 5; session++) {
        callers.add(each.unary(each.opened(), 100));
      }
      callers.add(each.unary(each.opened(), 64 << 10));
    }

    assertEquals(List.of(), callers.stream().filter(RecordingCaller::isOver).toList());
  }

  /// A library's program cannot wait at its sender.
  @Test
  void longMessagesThatCameUnaskedLeaveRoomForShortOnes() {
    OwnSession session = rig.opened();
    List<RecordingCaller> unasked = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      unasked.add(rig.unary(session, MIB));
    }

    RecordingCaller small = rig.unary(session, 100);

    assertTrue(unasked.getLast().isOver());
    assertFalse(small.isOver());
  }

  @Test
  void aMessageThatHasRoomIsNotRefusedForOthers() {
    OwnSession session = rig.opened();
    RecordingCaller roomy = rig.begin(session, null);
    assertTrue(roomy.call().announce(4 * MIB, () -> {}));
    for (int i = 0; i < 1_000; i++) {
      rig.unary(rig.opened(), 64 << 10);
    }
    RecordingCaller refused = rig.unary(session, 4 * MIB);

    roomy.call().message(rig.bytes(4 * MIB));

    assertTrue(refused.isOver());
    assertFalse(roomy.isOver());
  }

  @Test
  void aMessageLongerThanTheRoomComesAlone() {
    OwnSession session = rig.opened();

    assertTrue(announce(session, "alone", (int) SendRoom.LEAST_BYTES + 1));
    assertFalse(announce(session, "other", 100_000));
  }

  /// Whatever calls of several links do: when nothing more happens, nobody waits for room that is
  /// there, and what is counted is what the sessions have.
  @Test
  void nobodyWaitsForRoomThatIsThere() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      Disturbed disturbed = new Disturbed(seed);
      try (disturbed) {
        disturbed.run();

        for (OwnSession session : disturbed.sessions) {
          assertFalse(session.waiting.grantFirst(), disturbed::toString);
          assertFalse(session.waiting.wakeFirst(), disturbed::toString);
        }
        assertEquals(disturbed.waiting(), disturbed.room.bytes(), disturbed::toString);
      }
      assertEquals(0, disturbed.room.bytes(), disturbed::toString);
    }
  }

  /// Three links to two peers, and calls that do anything.
  private static final class Disturbed implements AutoCloseable {
    private static final int STEPS = 300;

    private final long seed;
    private final Random random;
    private final List<EngineRig> links = new ArrayList<>();
    private final List<EngineRig> linkOf = new ArrayList<>();
    private final List<OwnSession> sessions = new ArrayList<>();
    private final List<Talk> talks = new ArrayList<>();
    private final SendRoom room;

    /// @param announced length of a message that has room, once it has
    private record Talk(EngineRig link, OwnCall call, int announced) {}

    Disturbed(long seed) {
      this.seed = seed;
      random = new Random(seed);
      EngineRig first = EngineRig.up();
      links.addAll(List.of(first, first.beside(), first.again()));
      room = first.sendRoom;
    }

    void run() {
      open();
      for (int step = 0; step < STEPS; step++) {
        switch (random.nextInt(12)) {
          case 0 -> open();
          case 1, 2, 3 -> announce();
          case 4 -> say(1 + random.nextInt(64 << 10));
          case 5 -> say(1 + random.nextInt(4 * MIB));
          case 6 -> talk().forEach(talk -> talk.call.message(talk.link.bytes(talk.announced)));
          case 7 -> talk().forEach(talk -> talk.call.withdraw());
          case 8 -> talk().forEach(talk -> talk.call.halfClose());
          case 9 -> talk().forEach(talk -> talk.call.cancel());
          case 10 -> take(links.get(random.nextInt(links.size())));
          default -> settle();
        }
        if (random.nextInt(50) == 0) {
          sessions.get(random.nextInt(sessions.size())).close(CloseReason.UNUSED);
        }
      }
      settle();
    }

    private void open() {
      EngineRig link = links.get(random.nextInt(links.size()));
      OwnSession session = link.opened();
      link.receive(new Frame.Credit(session.id, 0, 1L << 30, 0));
      sessions.add(session);
      linkOf.add(link);
    }

    private Talk begin(int announced) {
      int session = random.nextInt(sessions.size());
      EngineRig link = linkOf.get(session);
      Talk talk = new Talk(link, link.begin(sessions.get(session), null).call(), announced);
      talks.add(talk);
      return talk;
    }

    private void announce() {
      Talk talk = begin(1 + random.nextInt(4 * MIB));
      var _ = talk.call.announce(talk.announced, () -> {});
    }

    private void say(int bytes) {
      Talk talk = begin(bytes);
      if (talk.call.isReady()) {
        talk.call.message(talk.link.bytes(bytes));
      }
    }

    /// One of the calls, if there is any.
    private List<Talk> talk() {
      return talks.isEmpty() ? List.of() : List.of(talks.get(random.nextInt(talks.size())));
    }

    /// The peer takes what was sent.
    private static void take(EngineRig link) {
      link.takeSent().stream()
          .mapToLong(EngineRig.Sent::number)
          .filter(number -> number > 0)
          .max()
          .ifPresent(number -> link.receive(new Frame.Ack(number)));
    }

    private void settle() {
      links.forEach(EngineRig::settle);
      links.forEach(EngineRig::settle);
    }

    long waiting() {
      return sessions.stream().mapToLong(session -> session.waiting.bytes()).sum();
    }

    @Override
    public void close() {
      links.forEach(EngineRig::close);
    }

    @Override
    public String toString() {
      return "seed " + seed;
    }
  }
}

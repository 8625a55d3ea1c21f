package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Messages longer than half a call's window: each waits for room at the receiver, in the order in
/// which they are wanted, and whatever their sizes nothing deadlocks.
final class LongMessageTest {
  private static final int SEEDS = Integer.getInteger("farcap.sim.seeds", 150);
  private static final Limits NARROW = new Limits(32_800, 65_536, 65_536, 200_000, 100, 16 << 10);

  @Test
  void theFirstChunkGoesAtOnceAndTheRestWhenThereIsRoom() {
    try (EngineRig rig = EngineRig.up()) {
      RecordingCaller caller = rig.unary(rig.opened(), 100_000);
      List<EngineRig.Sent> first = rig.takeSent();
      int firstChunk = first.getFirst().payloadBytes();
      assertEquals(1, first.size());

      rig.receive(new Frame.Credit(0, 1, 64 << 10, 1));

      assertEquals(6, rig.sent(Frame.Message.class).size());
      assertEquals(
          100_000 - firstChunk, rig.takeSent().stream().mapToInt(s -> s.payloadBytes()).sum());
      assertFalse(caller.isOver());
    }
  }

  @Test
  void roomIsSetAsideOnlyForAMessageThatIsWanted() {
    try (EngineRig rig = EngineRig.up()) {
      rig.hosts(2);
      rig.receive(first(rig, 2, 100_000));
      assertEquals(List.of(), rig.sent(Frame.Credit.class));

      rig.host.calls.getFirst().call.request(1);
      rig.settle();

      assertEquals(1, rig.sent(Frame.Credit.class).getFirst().longMessages());
    }
  }

  @Test
  void roomIsSetAsideInTheOrderInWhichReadersWantIt() {
    try (EngineRig rig = EngineRig.up(NARROW, NARROW)) {
      rig.hosts(2);
      rig.receive(first(rig, 2, 180_000), first(rig, 4, 100_000), first(rig, 6, 40_000));
      rig.takeSent();

      for (int i = 0; i < 3; i++) {
        rig.host.calls.get(i).call.request(1);
      }
      rig.settle();
      assertEquals(List.of(2L), granted(rig));
      rest(rig, 2, 180_000);

      assertEquals(List.of(2L, 4L, 6L), granted(rig));
      assertEquals(List.of(180_000), rig.host.calls.getFirst().messages);
    }
  }

  @Test
  void aCancelledCallLeavesItsPlaceInTheQueue() {
    try (EngineRig rig = EngineRig.up(NARROW, NARROW)) {
      rig.hosts(2);
      rig.receive(first(rig, 2, 180_000), first(rig, 4, 100_000), first(rig, 6, 40_000));
      rig.host.calls.forEach(served -> served.call.request(1));
      rig.settle().takeSent();

      rig.receive(new Frame.Cancel(4));

      assertEquals(List.of(6L), granted(rig));
    }
  }

  private static Frame.Call first(EngineRig rig, long call, int length) {
    return new Frame.Call(
        call, 2, "Say", 0, LinkEngine.NO_METADATA, false, length, rig.bytes(16_384));
  }

  private static void rest(EngineRig rig, long call, int length) {
    for (int left = length - 16_384; left > 0; left -= 16_384) {
      rig.receive(new Frame.Message(call, Frame.NO_LENGTH, rig.bytes(Math.min(left, 16_384))));
    }
  }

  private static List<Long> granted(EngineRig rig) {
    return rig.takeSent().stream()
        .map(EngineRig.Sent::frame)
        .filter(frame -> frame instanceof Frame.Credit credit && credit.longMessages() > 0)
        .map(frame -> ((Frame.Credit) frame).call())
        .toList();
  }

  @Test
  void messagesOfAnySizesThroughNarrowWindowsAllArrive() {
    for (int seed = 1; seed <= SEEDS; seed++) {
      List<SimCaller> callers = exchange(seed);

      for (SimCaller caller : callers) {
        assertEquals("0", caller.outcome(), "seed " + seed + ": " + caller);
      }
    }
  }

  private static List<SimCaller> exchange(long seed) {
    SimWorld world = new SimWorld(seed);
    SimPair pair = new SimPair(world, EngineRig.settings(NARROW), SimConnection.Fate.NONE);
    pair.dial();
    OwnSession session = pair.open();
    List<SimCaller> callers = new ArrayList<>();
    List<String> methods = List.of("echo", "stream", "many");
    for (int i = 0; i < 15; i++) {
      SimCaller caller = new SimCaller(i, methods.get(world.random.nextInt(3)), world);
      callers.add(caller);
      world.afterMs(world.between(0, 50), () -> caller.begin(session, null));
    }
    world.runMs(20_000);
    pair.close();
    return callers;
  }
}

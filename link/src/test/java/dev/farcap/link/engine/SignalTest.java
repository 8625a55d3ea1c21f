package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.session.Quota;
import dev.farcap.session.Session.CloseReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Signals: one counter however often raised, and the newest edge is never lost.
final class SignalTest {
  private static final int MILLION = 1_000_000;

  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
  }

  private List<Long> counts() {
    return rig.sent(Frame.Signal.class).stream().map(Frame.Signal::count).toList();
  }

  @Test
  void aMillionEdgesAgainstAStalledConnectionAreOneFrame() {
    OwnSession session = rig.opened();

    for (int i = 0; i < MILLION; i++) {
      session.submit(1);
    }
    rig.settle();

    assertEquals(List.of((long) MILLION), counts());
  }

  @Test
  void aMillionEdgesWhileSuspendedAreOneFrameOnResume() {
    OwnSession session = rig.opened();
    rig.cut();

    for (int i = 0; i < MILLION; i++) {
      session.submit(1);
    }
    rig.settle();
    assertEquals(List.of(), counts());
    rig.resume(1);

    assertEquals(List.of((long) MILLION), counts());
  }

  @Test
  void anEdgeThatACutMayHaveLostIsSentAgain() {
    OwnSession session = rig.opened();
    session.submit(1);
    rig.settle().takeSent();

    rig.cut().resume(1);

    assertEquals(List.of(1L), counts());
  }

  @Test
  void theLastEdgeIsHeardHoweverTheLinkIsCut() {
    for (int seed = 1; seed <= 50; seed++) {
      SimWorld world = new SimWorld(seed);
      RecordingHost host = new RecordingHost();
      try (SimPair pair =
          new SimPair(
              world,
              LinkSettings.DEFAULT,
              (_, _) ->
                  world.now() < 1_000_000_000L && world.chance(0.1)
                      ? SimConnection.Verdict.CUT_BEFORE
                      : SimConnection.Verdict.DELIVER,
              () -> host)) {
        pair.keepDialling();
        OwnSession session = pair.open();
        for (int i = 0; i < 500; i++) {
          world.afterMs(world.between(0, 1_000), () -> session.submit(1));
        }

        world.runMs(8_000);

        assertEquals(500, host.signals.getLast(), "seed " + seed);
        assertEquals(host.signals.stream().sorted().distinct().toList(), host.signals);
      }
    }
  }

  @Test
  void aSignalOfASessionNotYetWrittenWaitsForItsOpen() {
    rig.writable(0);
    OwnSession session = rig.open(new RecordingSession());
    session.submit(3);
    rig.settle().takeSent();

    rig.writable(10);

    assertEquals(List.of(FrameKind.OPEN, FrameKind.SIGNAL), rig.takeKinds());
  }

  @Test
  void aSignalThatComesBeforeTheGateHasDecidedIsToldThen() {
    rig.receive(new Frame.Open(2, "sim.Service", List.of("app"), 0, null), new Frame.Signal(2, 5));
    assertEquals(List.of(), rig.host.signals);

    rig.allow(Quota.DEFAULT, Duration.ofDays(1));

    assertEquals(List.of(5L), rig.host.signals);
  }

  @Test
  void countsAreMergedByMaximum() {
    rig.hosts(2);

    rig.receive(new Frame.Signal(2, 5), new Frame.Signal(2, 3), new Frame.Signal(2, 5));
    rig.receive(new Frame.Signal(2, 6));

    assertEquals(List.of(5L, 6L), rig.host.signals);
  }

  @Test
  void aSignalOfAClosedSessionIsNotSent() {
    OwnSession session = rig.opened();
    session.close(CloseReason.UNUSED);

    session.submit(1);
    rig.settle();

    assertEquals(List.of(), counts());
  }
}

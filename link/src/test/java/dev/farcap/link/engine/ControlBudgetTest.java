package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ControlBudgetTest {
  private static final int BURST = 2_000;

  @Test
  void whoAsksForTooMuchIsLeftUnreadForAMoment() {
    try (EngineRig rig = EngineRig.up()) {
      upgrades(rig, BURST);
      assertTrue(rig.reading);

      upgrades(rig, 1);

      assertFalse(rig.reading);
      assertEquals(1, rig.counters.slowed.sum());
      rig.pass(Duration.ofMillis(10));
      assertTrue(rig.reading);
    }
  }

  @Test
  void whoAsksForItsShareIsNot() {
    try (EngineRig rig = EngineRig.up()) {
      for (int i = 0; i < 2 * BURST; i++) {
        upgrades(rig, 1);
        rig.pass(Duration.ofNanos(250_001));
      }

      assertEquals(0, rig.counters.slowed.sum());
    }
  }

  private static void upgrades(EngineRig rig, int count) {
    for (int i = 0; i < count; i++) {
      rig.receive(new Frame.Upgrade(2, 0));
      rig.takeSent();
    }
  }
}

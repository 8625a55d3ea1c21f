package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.SelectStrategy;
import org.junit.jupiter.api.Test;

/// A loop looks for events before it sleeps, as long as they come in time.
final class BriefPollingTest {
  private static final int STEP_NANOS = 1_000;

  private long nowNanos;
  private final BriefPolling polling = new BriefPolling(() -> nowNanos += STEP_NANOS);

  /// Lets the loop be idle.
  ///
  /// @param eventAfter how often it looks in vain before there is one
  /// @return how often it looked; negative if it went to sleep
  private int idle(int eventAfter) throws Exception {
    int[] looks = {0};
    for (; ; ) {
      int strategy =
          polling.calculateStrategy(
              () -> {
                looks[0]++;
                return looks[0] > eventAfter ? 1 : 0;
              },
              false);
      if (strategy == SelectStrategy.SELECT) {
        return -looks[0];
      }
      if (strategy > 0) {
        return looks[0];
      }
    }
  }

  @Test
  void anEventThatComesSoonIsFoundWithoutSleeping() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      assertEquals(11, idle(10));
    }
  }

  @Test
  void withoutEventsItSleepsAfterAWhile() throws Exception {
    int looked = -idle(Integer.MAX_VALUE);

    assertTrue(looked > 10 && looked <= 50_000 / STEP_NANOS, "looked " + looked + " times");
  }

  @Test
  void whereEventsComeLateItSoonSleepsAtOnceAlmostAlways() throws Exception {
    int sleepsAtOnce = 0;
    for (int i = 0; i < 1_000; i++) {
      sleepsAtOnce += idle(Integer.MAX_VALUE) == 0 ? 1 : 0;
    }

    assertTrue(sleepsAtOnce > 950, sleepsAtOnce + " of 1000");
  }

  @Test
  void oneEventInTimeMakesItLookEveryTimeAgain() throws Exception {
    for (int i = 0; i < 1_000; i++) {
      var _ = idle(Integer.MAX_VALUE);
    }
    while (idle(10) <= 0) {
      // it seldom looks now
    }

    assertEquals(11, idle(10));
    assertEquals(11, idle(10));
  }

  @Test
  void whoeverElseLooksGoesToSleepAsALoopDoes() {
    for (int i = 0; i < 1_000; i++) {
      assertEquals(11, looksUntilFound(10));
    }
    int looked = -looksUntilFound(Integer.MAX_VALUE);
    assertTrue(looked > 10 && looked <= 50_000 / STEP_NANOS, "looked " + looked + " times");
    int sleepsAtOnce = 0;
    for (int i = 0; i < 1_000; i++) {
      sleepsAtOnce += looksUntilFound(Integer.MAX_VALUE) == 0 ? 1 : 0;
    }
    assertTrue(sleepsAtOnce > 950, sleepsAtOnce + " of 1000");
  }

  /// As [#idle], without a loop.
  private int looksUntilFound(int eventAfter) {
    int[] looks = {0};
    while (true) {
      switch (polling.look(() -> ++looks[0] > eventAfter)) {
        case FOUND -> {
          return looks[0];
        }
        case AGAIN -> {}
        case SLEEP -> {
          return -looks[0];
        }
      }
    }
  }

  @Test
  void aTaskIsNotKeptWaiting() throws Exception {
    assertEquals(0, polling.calculateStrategy(() -> 0, true));
  }
}

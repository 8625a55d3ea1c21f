package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class LoopBudgetTest {
  private static final int ONE_IN = 10;
  private static final long BURST = 1_000;
  private static final long PORTION = 50;
  private static final long START = -7;

  private final LoopBudget budget = new LoopBudget(ONE_IN, BURST, PORTION, START);

  @Test
  void theBurstMayBeTakenAtOnce() {
    assertTrue(budget.take(BURST));
    assertFalse(budget.take(1));
  }

  @Test
  void whoOverdrawsWaitsForWhatIsOwedAndAPortion() {
    budget.take(BURST + 30);

    assertEquals((PORTION + 30) * ONE_IN, budget.waitNanos(START));
  }

  @Test
  void afterTheWaitThereIsThePortion() {
    budget.take(BURST + 30);
    long later = START + budget.waitNanos(START);

    assertEquals(0, budget.waitNanos(later));
    assertTrue(budget.take(PORTION));
    assertFalse(budget.take(1));
  }

  @Test
  void whatIsEarnedWhileAnyoneIsQuietIsTheBurstAtMost() {
    assertEquals(0, budget.waitNanos(START + 100 * BURST * ONE_IN));

    assertTrue(budget.take(BURST));
    assertFalse(budget.take(1));
  }
}

package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuotaTest {
  @ParameterizedTest
  @CsvSource({"1, 1, 0", "2147483647, 9223372036854775807, 2147483647"})
  void theEndsOfTheRangeAreInside(int calls, long bytes, int objects) {
    assertEquals(calls, new Quota(calls, bytes, objects).calls());
  }

  @ParameterizedTest
  @CsvSource({"0, 1, 0", "1, 0, 0", "1, 1, -1", "-1, 1, 0", "1, -9223372036854775808, 0"})
  void belowTheRangeIsRefused(int calls, long bytes, int objects) {
    assertThrows(IllegalArgumentException.class, () -> new Quota(calls, bytes, objects));
  }

  @Test
  void theSmallerCountsInEveryPart() {
    Quota left = new Quota(1, 20, 3);
    Quota right = new Quota(10, 2, 30);

    assertEquals(new Quota(1, 2, 3), left.min(right));
    assertEquals(left.min(right), right.min(left));
  }
}

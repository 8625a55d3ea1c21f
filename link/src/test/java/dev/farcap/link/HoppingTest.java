package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The bound of what hops from a program's thread to the loop.
final class HoppingTest {
  private final Hopping hopping = new Hopping();

  private void begin(int messages, int bytes) {
    for (int i = 0; i < messages; i++) {
      hopping.begin(bytes);
    }
  }

  @Test
  void whereNothingHopsThereIsRoom() {
    assertTrue(Hopping.hasRoom(null));
    assertTrue(Hopping.hasRoom(hopping));
  }

  @Test
  void sixteenSmallMessagesFillIt() {
    begin(15, 0);
    assertTrue(Hopping.hasRoom(hopping));

    begin(1, 0);

    assertFalse(Hopping.hasRoom(hopping));
  }

  @Test
  void oneLargeMessageFillsIt() {
    begin(1, 32 << 10);

    assertFalse(Hopping.hasRoom(hopping));
  }

  @Test
  void whoWasToldToWaitIsToldOnceWhenAllHasArrived() {
    begin(2, 32 << 10);
    assertFalse(Hopping.hasRoom(hopping));

    assertFalse(hopping.arrived(32 << 10));
    assertTrue(hopping.arrived(32 << 10));

    begin(1, 0);
    assertFalse(hopping.arrived(0));
  }

  @Test
  void whoWasNotToldToWaitIsNotTold() {
    begin(1, 100);

    assertFalse(hopping.arrived(100));
  }
}

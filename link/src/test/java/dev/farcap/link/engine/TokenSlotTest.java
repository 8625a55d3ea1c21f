package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The 64 slots for tokens: each token crosses once, and the one used longest ago makes room.
final class TokenSlotTest {
  private static final int SLOTS = 64;

  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
  }

  private void open(int token) {
    rig.engine.open(EngineRig.REQUEST, new byte[] {(byte) token}, false, new RecordingSession());
    rig.settle();
  }

  private void fill() {
    for (int token = 0; token < SLOTS; token++) {
      open(token);
    }
    rig.takeSent();
  }

  @Test
  void aTokenIsPresentedBeforeTheOpenThatNamesIt() {
    rig.takeSent();

    open(7);

    assertEquals(List.of(FrameKind.PRESENT, FrameKind.OPEN), kinds());
    assertEquals(1, rig.sent(Frame.Open.class).getFirst().slot());
  }

  private List<FrameKind> kinds() {
    return rig.sent.stream().map(one -> one.frame().kind()).toList();
  }

  @Test
  void aTokenIsPresentedOnce() {
    open(7);

    open(7);

    assertEquals(1, rig.sent(Frame.Present.class).size());
    assertEquals(1, rig.sent(Frame.Open.class).getLast().slot());
  }

  @Test
  void slotsAreFilledFromTheFirstToTheLast() {
    for (int token = 0; token < SLOTS; token++) {
      open(token);
    }

    assertEquals(
        LongStream.rangeClosed(1, SLOTS).boxed().toList(),
        rig.sent(Frame.Present.class).stream().map(present -> (long) present.slot()).toList());
  }

  @Test
  void oneTokenMoreTakesTheSlotUsedLongestAgo() {
    fill();
    open(0);

    open(SLOTS);

    assertEquals(2, rig.sent(Frame.Present.class).getFirst().slot());
    assertEquals(2, rig.sent(Frame.Open.class).getLast().slot());
  }

  @Test
  void aTokenThatLostItsSlotIsPresentedAgain() {
    fill();
    open(SLOTS);
    rig.takeSent();

    open(0);

    assertEquals(2, rig.sent(Frame.Present.class).getFirst().slot());
  }

  @Test
  void theHostTakesTheTokenThatIsInTheSlotWhenOpenComes() {
    rig.receive(
        new Frame.Present(64, new byte[] {1}),
        new Frame.Open(2, "sim.Service", List.of("app"), 64, null),
        new Frame.Present(64, new byte[] {2}),
        new Frame.Open(4, "sim.Service", List.of("app"), 64, null),
        new Frame.Open(6, "sim.Service", List.of("app"), 0, null));

    List<byte[]> tokens = new ArrayList<>();
    rig.asked.forEach(asked -> tokens.add(asked.token()));
    assertEquals(1, tokens.get(0)[0]);
    assertEquals(2, tokens.get(1)[0]);
    assertNull(tokens.get(2));
  }

  @Test
  void aSlotOutOfRangeEndsTheLink() {
    rig.receive(new Frame.Present(65, new byte[] {1}));

    assertEquals(1, rig.counters.malformed.sum());
  }

  @Test
  void anOpenThatNamesASlotOutOfRangeEndsTheLink() {
    rig.receive(new Frame.Open(2, "sim.Service", List.of("app"), 65, null));

    assertEquals(1, rig.counters.malformed.sum());
  }
}

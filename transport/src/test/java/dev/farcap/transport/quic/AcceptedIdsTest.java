package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class AcceptedIdsTest {
  private static final int LENGTH = 20;
  private static final int MANY = 100;

  private final AcceptedIds ids = new AcceptedIds();

  @Test
  void aRepeatedFirstPacketLeadsToTheSameId() {
    assertEquals(first((byte) 1), first((byte) 1));
  }

  @Test
  void anotherPeerHasAnotherId() {
    assertNotEquals(first((byte) 1), first((byte) 2));
  }

  /// Or else the codec never has as many of them as it wants, and makes more at every packet.
  @Test
  void furtherIdsOfOneConnectionAreAllDifferent() {
    ByteBuffer present = first((byte) 1);

    Set<ByteBuffer> further = new HashSet<>();
    for (int i = 0; i < MANY; i++) {
      further.add(ids.newId(present.duplicate(), LENGTH));
    }

    assertEquals(MANY, further.size());
  }

  private ByteBuffer first(byte chosen) {
    return ids.newId(id((byte) 0), id(chosen), LENGTH);
  }

  private static ByteBuffer id(byte value) {
    return ByteBuffer.wrap(new byte[] {value, 1, 2, 3, 4, 5, 6, 7});
  }
}

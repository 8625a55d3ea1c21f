package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.PathFacts;
import dev.farcap.transport.Recorder;
import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Packets are as large as the interface takes, and follow it.
@Tag("netns")
class NicMtuTest {
  @BeforeAll
  static void needsRoot() {
    Segment.assumePossible();
  }

  @ParameterizedTest
  @ValueSource(ints = {1_208, 1_280, 1_500, 9_000, 16_000})
  void packetsFillTheFrames(int mtu) throws Exception {
    try (Segment wire = Segment.wire(mtu);
        NicEnds ends = new NicEnds(wire)) {
      Recorder near = ends.dial().join();
      Recorder far = ends.awaitAccepted();

      exchange(near, far, 1);

      assertPacketBytes(Math.min(mtu, 9_000) - 8, near, far);
      assertPacketBytes(Math.min(mtu, 9_000) - 8, far, near);
    }
  }

  /// The largest frame of a connection, there and back.
  private static void exchange(Recorder near, Recorder far, int round) {
    byte[] content = new byte[65_536];
    new Random(round).nextBytes(content);
    near.send(content);
    far.awaitFrames(round);
    assertArrayEquals(content, far.frames().getLast());
    far.send(content);
    near.awaitFrames(round);
    assertArrayEquals(content, near.frames().getLast());
  }

  /// Probes are sent with other packets, so some are.
  private static void assertPacketBytes(int expected, Recorder end, Recorder other) {
    int before = other.frameCount();
    for (int i = 1; packetBytes(end) != expected && i < 1_000; i++) {
      end.send(Recorder.bytes("probe"));
      other.awaitFrames(before + i);
    }
    assertEquals(expected, packetBytes(end));
  }

  private static int packetBytes(Recorder end) {
    try {
      PathFacts path =
          end.connection().eventLoop().submit(end.connection()::path).get(20, TimeUnit.SECONDS);
      return path == null ? -1 : path.packetBytesMax();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void anInterfaceTooSmallForQuicIsRefusedWithTheNumber() throws Exception {
    try (Segment wire = Segment.wire(1_207)) {
      IOException refusal = assertThrows(IOException.class, () -> new NicEnds(wire));

      assertEquals(
          "nic://%s: the MTU of '%s' is 1207, at least 1208 is needed"
              .formatted(wire.nic(1), wire.nic(1)),
          refusal.getMessage());
    }
  }

  @Test
  void aDialByAnInterfaceTooSmallFailsWithTheNumber() throws Exception {
    try (Segment wire = Segment.wire(1_500);
        NicEnds ends = new NicEnds(wire)) {
      wire.setMtu(1_000);

      String reason = Recorder.reasonOf(ends.dial());

      assertTrue(reason.endsWith("is 1000, at least 1208 is needed"), reason);
    }
  }

  @Test
  void aConnectionEndsWhenTheInterfaceBecomesSmallerAndTheNextOneFits() throws Exception {
    try (Segment wire = Segment.wire(9_000);
        NicEnds ends = new NicEnds(wire)) {
      Recorder near = ends.dial().join();
      Recorder far = ends.awaitAccepted();
      exchange(near, far, 1);

      wire.setMtu(1_500);
      near.awaitClosed();

      Recorder nearAgain = ends.dial().join();
      Recorder farAgain = ends.awaitAccepted();
      exchange(nearAgain, farAgain, 1);
      assertPacketBytes(1_492, nearAgain, farAgain);
      far.close("given up");
    }
  }

  @Test
  void theNextConnectionUsesWhatALargerInterfaceTakes() throws Exception {
    try (Segment wire = Segment.wire(1_500);
        NicEnds ends = new NicEnds(wire)) {
      Recorder before = ends.dial().join();
      Recorder farBefore = ends.awaitAccepted();
      wire.setMtu(9_000);

      Recorder near = ends.dial().join();
      Recorder far = ends.awaitAccepted();
      exchange(near, far, 1);

      assertPacketBytes(8_992, near, far);
      exchange(before, farBefore, 1);
    }
  }
}

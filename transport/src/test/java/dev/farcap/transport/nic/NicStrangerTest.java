package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Recorder;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A third host of the segment cannot disturb, take over or exhaust the others, whatever it sends.
@Tag("netns")
class NicStrangerTest {
  private static final int EXCHANGES = 2_000;
  private static final int MEMORY_BYTES_MAX = 64 << 20;

  private final Random random = new Random(1);

  @BeforeAll
  static void needsRoot() {
    Segment.assumePossible();
  }

  @Test
  void malformedFramesAreCountedAndDropped() throws Exception {
    try (Segment hub = Segment.hub(3, 1_500);
        NicEnds ends = new NicEnds(hub);
        Stranger stranger = new Stranger(hub.nic(2))) {
      byte[] good = Stranger.frame(hub.mac(1), hub.mac(2), 9, bytes(100));
      List<byte[]> malformed =
          List.of(
              changed(good, 14, 2),
              changed(good, 15, 1),
              changed(good, 17, 0),
              changed(good, 16, 0x7F),
              changed(good, 17, 101));

      malformed.forEach(stranger::send);
      Recorder.awaitThat(
          "count of the malformed",
          () -> ends.farFrames.snapshot().framesMalformed() == malformed.size());

      assertEquals(0, ends.farFrames.snapshot().framesIn());
      Pair.connect(ends).assertExchange(1);
    }
  }

  @Test
  void framesForOthersNeverLeaveTheKernel() throws Exception {
    try (Segment hub = Segment.hub(3, 1_500);
        NicEnds ends = new NicEnds(hub);
        Stranger stranger = new Stranger(hub.nic(2))) {
      byte[] good = Stranger.frame(hub.mac(1), hub.mac(2), 9, bytes(100));
      stranger.send(
          changed(good, 5, 0x77), // to another host
          changed(good, 0, 0xFF), // to a group
          changed(good, 13, 0xB6), // of another EtherType
          changed(good, 19, 0x14), // to another port
          Arrays.copyOf(good, 15),
          Arrays.copyOf(good, 19),
          Arrays.copyOf(good, FrameHeader.BYTES)); // no packet
      stranger.send(changed(good, 14, 99)); // malformed, so what came before has passed

      Recorder.awaitThat("the last frame", () -> ends.farFrames.snapshot().framesMalformed() == 1);
      assertEquals(0, ends.farFrames.snapshot().framesIn());
    }
  }

  private static byte[] changed(byte[] frame, int at, int value) {
    byte[] other = frame.clone();
    other[at] = (byte) value;
    return other;
  }

  @Test
  void aFloodOfGarbageDoesNotDisturbAConnection() throws Exception {
    assertUndisturbed(
        hub -> {
          byte[] packet = bytes(1 + random.nextInt(1_492));
          if (packet.length > 21 && random.nextBoolean()) {
            packet[0] |= (byte) 0xC0;
            System.arraycopy(
                new byte[] {0, 0, 0, 1}, 0, packet, 1, 4); // the version that is spoken
            packet[5] = (byte) random.nextInt(24); // bytes of the id, up to 20
          }
          return Stranger.frame(hub.mac(1), hub.mac(2), random.nextInt(0x10000), packet);
        });
  }

  @Test
  void aFloodOfMalformedFramesDoesNotDisturbAConnection() throws Exception {
    assertUndisturbed(
        hub -> {
          byte[] frame = Stranger.frame(hub.mac(1), hub.mac(2), 9, bytes(1_400));
          frame[14 + random.nextInt(4)] ^= (byte) (1 + random.nextInt(255));
          return frame;
        });
  }

  @Test
  void aFloodFromAStolenAddressDoesNotDisturbAConnection() throws Exception {
    assertUndisturbed(
        hub -> {
          byte[] packet = bytes(1_200);
          packet[0] = 0x40; // as if of the connection
          int to = random.nextInt(2);
          byte[] frame = Stranger.frame(hub.mac(to), hub.mac(1 - to), 7_443, packet);
          if (to == 0) {
            // A dialler's port is not known; one of them is hit.
            int port = 49_152 + random.nextInt(16_384);
            frame[18] = (byte) (port >>> 8);
            frame[19] = (byte) port;
          }
          return frame;
        });
  }

  @Test
  void aFloodOfFirstPacketsDoesNotDisturbAConnection() throws Exception {
    assertUndisturbed(
        hub -> {
          byte[] packet = bytes(1_200);
          packet[0] = (byte) 0xC3; // Initial, version 1
          packet[1] = 0;
          packet[2] = 0;
          packet[3] = 0;
          packet[4] = 1;
          packet[5] = 20; // a connection id, then another
          packet[26] = 20;
          packet[47] = 0; // no token
          packet[48] = 0x44; // 1,150 bytes follow
          packet[49] = 0x7E;
          return Stranger.frame(hub.mac(1), new Mac(random.nextLong(1L << 40)), 9, packet);
        });
  }

  /// While a stranger sends as fast as it can, a connection carries questions and answers.
  private void assertUndisturbed(Function<Segment, byte[]> frames) throws Exception {
    try (Segment hub = Segment.hub(3, 1_500);
        NicEnds ends = new NicEnds(hub);
        Stranger stranger = new Stranger(hub.nic(2))) {
      byte[][] flood = Stream.generate(() -> frames.apply(hub)).limit(1_024).toArray(byte[][]::new);
      AtomicBoolean over = new AtomicBoolean();
      Pair pair = Pair.connect(ends);
      long memoryBefore = usedBytes();
      int[] sent = new int[1];
      Thread attack =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!over.get()) {
                      sent[0] += stranger.send(flood);
                    }
                  });
      try {
        pair.assertExchange(EXCHANGES);
        long memory = usedBytes() - memoryBefore;
        assertTrue(memory < MEMORY_BYTES_MAX, memory + " bytes of buffers are in use");
      } finally {
        over.set(true);
        attack.join();
      }
      NicCounters.Snapshot far = ends.farFrames.snapshot();
      System.out.println("a stranger sent " + sent[0] + " frames; " + far);
      assertEquals(1, ends.counters.snapshot().connectionsOpened());
    }
  }

  private static long usedBytes() {
    return UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
  }

  private record Pair(Recorder near, Recorder far) {
    static Pair connect(NicEnds ends) {
      Recorder near = ends.dial().join();
      return new Pair(near, ends.awaitAccepted());
    }

    /// Questions one after the other, each answered.
    void assertExchange(int count) {
      far.onFrame(end -> end.send(end.frames().getLast()));
      for (int i = 0; i < count; i++) {
        byte[] content = Recorder.bytes("question " + i);
        near.send(content);
        near.awaitFrames(i + 1);
        assertArrayEquals(content, near.frames().getLast());
      }
    }
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }
}

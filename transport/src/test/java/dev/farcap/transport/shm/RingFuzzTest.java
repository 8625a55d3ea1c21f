package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a peer scribbles over a ring, its header too, while this side reads and writes it:
/// there come frames of the lengths allowed, or there is a violation; nothing outside the ring is
/// touched, and every buffer comes back.
///
/// An input is what the peer does, in steps of eleven bytes: a byte that says what this side does
/// then, two bytes where the peer writes, eight that it writes there. `.ci/fuzz` searches for
/// inputs that break this; here is read what it has found.
@Timeout(60)
public final class RingFuzzTest {
  private static final int HEADER_BYTES = 512;
  private static final int RING_BYTES = 4096;
  private static final int MARGIN_BYTES = 64;
  private static final MemorySegment MEMORY =
      Arena.ofShared().allocate(HEADER_BYTES + RING_BYTES + MARGIN_BYTES, 4096);

  static File[] found() {
    return new File("src/test/fuzz/RingFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    MEMORY.fill((byte) 0);
    Ring ring = new Ring(MEMORY, 0, HEADER_BYTES, RING_BYTES);
    UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false);
    ByteBuffer script = ByteBuffer.wrap(bytes);
    RingReader reader = new RingReader(ring);
    RingWriter writer = new RingWriter(ring);
    try {
      while (script.remaining() >= 11) {
        int action = script.get() & 0xFF;
        int at = (script.getShort() & 0xFFFF) % (HEADER_BYTES + RING_BYTES - 7);
        MEMORY.set(ValueLayout.JAVA_LONG_UNALIGNED, at, script.getLong());
        act(action, reader, writer, alloc);
      }
    } catch (Ring.ViolationException violation) {
      assertTrue(
          String.valueOf(violation.getMessage()).startsWith("malformed shared memory: "),
          violation.getMessage());
    }
    assertEquals(0, alloc.metric().usedDirectMemory(), "bytes not released");
    for (int i = 0; i < MARGIN_BYTES; i++) {
      assertEquals(0, MEMORY.get(ValueLayout.JAVA_BYTE, HEADER_BYTES + RING_BYTES + i), "margin");
    }
  }

  private static void act(
      int action, RingReader reader, RingWriter writer, UnpooledByteBufAllocator alloc) {
    switch (action & 7) {
      case 0 -> reader.sleep();
      case 1 -> reader.publish();
      case 2 -> writer.publish();
      case 3, 4 -> write(1 + action * 9, writer, alloc);
      case 5 -> reader.end();
      default -> read(reader, alloc);
    }
  }

  private static void write(int length, RingWriter writer, UnpooledByteBufAllocator alloc) {
    ByteBuf frame = alloc.directBuffer(length).writeZero(length);
    try {
      if (!writer.offer(frame)) {
        writer.awaitUnreadAtMost(writer.unreadBeside(frame));
      }
    } finally {
      frame.release();
    }
  }

  private static void read(RingReader reader, UnpooledByteBufAllocator alloc) {
    ByteBuf frame = reader.take(alloc);
    if (frame != null) {
      int length = frame.readableBytes();
      frame.release();
      assertTrue(length >= 1 && length <= Connection.FRAME_BYTES_MAX, "frame of " + length);
      assertTrue(length <= RING_BYTES, "more than there is: " + length);
    }
  }
}

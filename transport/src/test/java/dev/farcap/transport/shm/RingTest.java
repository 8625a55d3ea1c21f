package dev.farcap.transport.shm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Recorder;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One direction of shared memory, in memory of one process.
final class RingTest {
  private static final int BYTES = 128 << 10;
  private static final int FRAMES = 50_000;

  private final UnpooledByteBufAllocator alloc = new UnpooledByteBufAllocator(false);
  private final MemorySegment memory = Arena.ofShared().allocate(4096 + BYTES, 4096);
  private final Ring ring = new Ring(memory, 1024, 4096, BYTES);
  private final RingWriter writer = new RingWriter(ring);
  private final RingReader reader = new RingReader(ring);

  @AfterEach
  void everyBufferIsGivenBack() {
    assertEquals(0, alloc.metric().usedDirectMemory());
  }

  private boolean offer(byte[] content) {
    ByteBuf frame = alloc.directBuffer(content.length).writeBytes(content);
    try {
      return writer.offer(frame);
    } finally {
      frame.release();
    }
  }

  private byte[] take() {
    ByteBuf frame = reader.take(alloc);
    assertNotNull(frame, "no frame");
    byte[] content = ByteBufUtil.getBytes(frame);
    frame.release();
    return content;
  }

  private static byte[] random(Random random, int length) {
    byte[] content = new byte[length];
    random.nextBytes(content);
    return content;
  }

  @Test
  void aFrameIsSeenOnceItIsPublished() {
    assertTrue(offer(Recorder.bytes("one")));
    assertNull(reader.take(alloc));

    writer.publish();

    assertArrayEquals(Recorder.bytes("one"), take());
    assertNull(reader.take(alloc));
  }

  @Test
  void framesOfAnyLengthWrapUnaltered() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] content = random(random, 1 + random.nextInt(1 + random.nextInt(65_536)));
      assertTrue(offer(content));
      writer.publish();
      assertArrayEquals(content, take());
      reader.publish();
    }
  }

  @Test
  void aFullRingTakesNoMoreUntilSomethingWasRead() {
    int frames = 0;
    while (offer(new byte[1020])) {
      frames++;
    }
    writer.publish();

    assertEquals(BYTES / 1024, frames);
    take();
    reader.publish();
    assertTrue(offer(new byte[1020]));
    assertFalse(offer(new byte[1]));
  }

  @Test
  void roomIsShownOnceABatchIsTakenOrAQuarterOfTheRing() {
    while (offer(new byte[1020])) {
      // until it is full
    }
    writer.publish();

    for (int i = 0; i < BYTES / 4 / 1024 - 1; i++) {
      take();
    }
    assertFalse(offer(new byte[1020]));
    take();
    assertTrue(offer(new byte[1020]), "a quarter");
    while (offer(new byte[1020])) {
      // until it is full again
    }
    take();
    assertFalse(offer(new byte[1020]));
    reader.publish();
    assertTrue(offer(new byte[1020]), "published");
  }

  @Test
  void aFrameThatCannotBeCopiedIsReleased() {
    offer(Recorder.bytes("one"));
    writer.publish();

    assertThrows(IndexOutOfBoundsException.class, () -> reader.take(new Stingy()));
  }

  /// Whatever is asked, it gives one byte.
  private final class Stingy extends AbstractByteBufAllocator {
    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return newDirectBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      return alloc.directBuffer(1, 1);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  @Test
  void twoThreadsLoseNeitherFrameNorWakeUp() throws Exception {
    AtomicInteger bells = new AtomicInteger();
    AtomicInteger writersBells = new AtomicInteger();
    FutureTask<Integer> reading = new FutureTask<>(() -> readAll(bells, writersBells));
    var _ = Thread.ofPlatform().start(reading);

    for (int i = 0; i < FRAMES; i++) {
      ByteBuf frame = alloc.directBuffer(400).writeInt(i).writerIndex(4 + i % 397);
      while (!writer.offer(frame)) {
        if (writer.awaitUnreadAtMost(writer.unreadBeside(frame))) {
          awaitBell(writersBells);
        }
      }
      frame.release();
      if (writer.publish()) {
        bells.incrementAndGet();
      }
    }

    assertEquals(FRAMES, reading.get(20, TimeUnit.SECONDS));
  }

  private int readAll(AtomicInteger bells, AtomicInteger writersBells) {
    int read = 0;
    while (read < FRAMES) {
      ByteBuf frame = reader.take(alloc);
      if (frame != null) {
        int number = frame.readInt();
        frame.release();
        assertEquals(read++, number);
        if (reader.publish()) {
          writersBells.incrementAndGet();
        }
      } else if (reader.sleep()) {
        awaitBell(bells);
      }
    }
    return read;
  }

  /// As an eventfd: however many rings, at least one wake-up.
  private static void awaitBell(AtomicInteger bells) {
    Recorder.awaitThat("bell", () -> bells.getAndSet(0) > 0);
  }

  @ParameterizedTest
  @CsvSource({"-8", "4", "131080", "9223372036854775800", "-9223372036854775808"})
  void aWrittenPositionThatCannotBeIsAViolation(long position) {
    ring.written(position);

    Ring.ViolationException violation =
        assertThrows(Ring.ViolationException.class, () -> reader.take(alloc));

    assertEquals(
        "malformed shared memory: written position is " + position + ", limits 0..131072",
        violation.getMessage());
  }

  @Test
  void aPositionThatGoesBackIsAViolation() {
    offer(new byte[100]);
    writer.publish();
    take();
    ring.written(0);
    ring.read(0);

    assertThrows(Ring.ViolationException.class, () -> reader.take(alloc));
    assertTrue(offer(new byte[100]), "which the writer only looks at when it must");
  }

  @ParameterizedTest
  @ValueSource(longs = {-8, 4, 1 << 20})
  void aReadPositionThatCannotBeIsAViolation(long position) {
    while (offer(new byte[1020])) {
      // until it is full
    }
    ring.read(position);

    Ring.ViolationException violation =
        assertThrows(Ring.ViolationException.class, () -> offer(new byte[1020]));

    assertEquals(
        "malformed shared memory: read position is " + position + ", limits 0..131072",
        violation.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 'length is 0 bytes, limits 1..65536'",
    "-1, 'length is 4294967295 bytes, limits 1..65536'",
    "65537, 'length is 65537 bytes, limits 1..65536'",
    "13, 'length is 13 bytes, beyond the 16 written'"
  })
  void aLengthThatCannotBeIsAViolation(int length, String reason) {
    ring.data().putInt(0, length);
    ring.written(16);

    Ring.ViolationException violation =
        assertThrows(Ring.ViolationException.class, () -> reader.take(alloc));

    assertEquals("malformed shared memory: " + reason, violation.getMessage());
  }

  @Test
  void afterTheEndNothingMoreIsTaken() {
    offer(Recorder.bytes("before"));
    writer.publish();

    reader.end();
    offer(Recorder.bytes("after"));
    writer.publish();

    assertArrayEquals(Recorder.bytes("before"), take());
    assertNull(reader.take(alloc));
  }
}

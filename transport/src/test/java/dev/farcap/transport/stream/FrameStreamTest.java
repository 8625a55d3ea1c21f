package dev.farcap.transport.stream;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.transport.Connection;
import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// How frames become writes, and how they are found again.
class FrameStreamTest {
  // The writer.

  private static List<ByteBuf> written(int... lengths) {
    EmbeddedChannel channel = new EmbeddedChannel();
    FrameWriter writer = new FrameWriter(channel, new TransportCounters());
    for (int length : lengths) {
      writer.add(Unpooled.buffer(length).writeZero(length));
    }
    writer.flush();
    List<ByteBuf> writes = new ArrayList<>();
    for (ByteBuf write = channel.readOutbound(); write != null; write = channel.readOutbound()) {
      writes.add(write);
    }
    return writes;
  }

  private static List<Integer> lengthsOf(List<ByteBuf> writes) {
    List<Integer> lengths = writes.stream().map(ByteBuf::readableBytes).toList();
    writes.forEach(ByteBuf::release);
    return lengths;
  }

  @Test
  void framesFlushedTogetherShareARecord() {
    assertEquals(List.of(4 + 10 + 4 + 20 + 4 + 1000), lengthsOf(written(10, 20, 1000)));
  }

  @Test
  void theLongestFrameOfARecordFillsIt() {
    int longest = Connection.RECORD_FRAME_BYTES_MAX;

    assertEquals(List.of(16384, 16384), lengthsOf(written(longest, longest)));
  }

  @Test
  void aFrameThatNoLongerFitsBeginsTheNextRecord() {
    assertEquals(List.of(10_004, 10_004 + 104), lengthsOf(written(10_000, 10_000, 100)));
  }

  @Test
  void aLongerFrameFollowsItsHeaderUncopied() {
    assertEquals(List.of(14 + 4, 65_536), lengthsOf(written(10, 65_536)));
  }

  // The reader.

  @Test
  void framesAreFoundHoweverTheStreamIsCut() {
    long seed = System.nanoTime();
    System.out.println("cut streams, seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      List<byte[]> frames = randomFrames(random);
      ByteBuf stream = streamOf(frames);
      FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT);
      List<byte[]> found = new ArrayList<>();

      while (stream.isReadable()) {
        int piece = Math.min(stream.readableBytes(), 1 + random.nextInt(1 << random.nextInt(15)));
        reader.offer(stream.readRetainedSlice(piece));
        if (random.nextBoolean()) {
          drain(reader, found);
        }
      }
      drain(reader, found);
      stream.release();

      assertEquals(frames.size(), found.size());
      for (int i = 0; i < found.size(); i++) {
        assertArrayEquals(frames.get(i), found.get(i));
      }
      assertEquals(0, stream.refCnt());
    }
  }

  private static List<byte[]> randomFrames(Random random) {
    List<byte[]> frames = new ArrayList<>();
    for (int i = random.nextInt(50); i >= 0; i--) {
      byte[] frame = new byte[1 + random.nextInt(1 << (1 + random.nextInt(16)))];
      random.nextBytes(frame);
      frames.add(frame);
    }
    return frames;
  }

  private static ByteBuf streamOf(List<byte[]> frames) {
    ByteBuf stream = Unpooled.buffer();
    frames.forEach(frame -> stream.writeInt(frame.length).writeBytes(frame));
    return stream;
  }

  private static void drain(FrameReader reader, List<byte[]> found) {
    for (ByteBuf frame = reader.next(); frame != null; frame = reader.next()) {
      found.add(ByteBufUtil.getBytes(frame));
      frame.release();
    }
  }

  @Test
  void aMalformedLengthIsRefusedAgainAndAgain() {
    FrameReader reader = new FrameReader(UnpooledByteBufAllocator.DEFAULT);
    ByteBuf stream = Unpooled.buffer().writeInt(0).writeInt(1).writeByte(7);
    reader.offer(stream);

    assertThrows(FrameReader.MalformedFrameException.class, reader::next);
    assertThrows(FrameReader.MalformedFrameException.class, reader::next);
    reader.discard();
    assertEquals(0, stream.refCnt());
  }
}

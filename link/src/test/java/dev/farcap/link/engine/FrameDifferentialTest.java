package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The hand-written reader and writer against the generated classes, on random frames of all kinds.
final class FrameDifferentialTest {
  private static final int CASES = Integer.getInteger("farcap.frames", 100_000);
  private static final long SEED = Long.getLong("farcap.seed", 1);

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final RandomFrames frames = new RandomFrames(new Random(SEED), allocator);
  private final FrameWriter writer = new FrameWriter(allocator);
  private final FrameReader reader = new FrameReader();

  @Test
  void readerAndWriterAgreeWithTheGeneratedClasses() throws Exception {
    for (int i = 0; i < CASES; i++) {
      FrameKind kind = frames.kind();
      long number = frames.number(kind);
      Frame frame = frames.next(kind);
      String which = "seed " + SEED + ", case " + i + ": " + frame;
      var wanted = WireFrames.of(number, frame);

      assertEquals(wanted, written(number, frame), which);
      assertEquals(wanted, read(wanted.toByteArray()), which);
    }
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes not released");
  }

  private dev.farcap.link.wire.Frame written(long number, Frame frame)
      throws InvalidProtocolBufferException {
    ByteBuf bytes = writer.write(number, frame);
    var parsed = dev.farcap.link.wire.Frame.parseFrom(ByteBufUtil.getBytes(bytes));
    assertEquals(1, bytes.refCnt());
    bytes.release();
    return parsed;
  }

  private dev.farcap.link.wire.Frame read(byte[] bytes) {
    Frame frame = reader.read(Unpooled.wrappedBuffer(bytes));
    return WireFrames.of(reader.number(), frame);
  }

  @Test
  void aPayloadIsPassedOnAndNotCopied() {
    ByteBuf payload = allocator.directBuffer(16_384).writeZero(16_384);
    ByteBuf written = writer.write(1, new Frame.Message(1, 16_384, payload));

    payload.setByte(16_383, 7);

    assertEquals(7, written.getByte(written.writerIndex() - 1));
    written.release();
    assertEquals(0, payload.refCnt());
  }

  @Test
  void aPayloadThatWasReadKeepsTheWholeFrameAlive() {
    ByteBuf in = allocator.directBuffer();
    in.writeBytes(
        WireFrames.of(1, new Frame.Message(1, 3, FrameSamples.text("abc"))).toByteArray());

    Frame.Message read = (Frame.Message) reader.read(in);

    assertEquals(2, in.refCnt());
    read.payload().release();
    in.release();
  }

  @Test
  void allSixtyFourBitsOfANumberPass() throws Exception {
    Frame.Signal signal = new Frame.Signal(Long.MIN_VALUE, -1);

    assertEquals(WireFrames.of(0, signal), written(0, signal));
    assertEquals(WireFrames.of(0, signal), read(WireFrames.of(0, signal).toByteArray()));
  }
}

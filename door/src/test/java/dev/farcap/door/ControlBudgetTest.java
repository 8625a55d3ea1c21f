package dev.farcap.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ControlBudgetTest {
  private static final int PREFACE_BYTES = 24;
  private static final int DATA = 0;
  private static final int RST_STREAM = 3;
  private static final int PADDED = 8;

  private final DoorCounters counters = new DoorCounters();
  private final EmbeddedChannel channel = new EmbeddedChannel(new ControlBudget(counters));

  @AfterEach
  void nothingIsKept() {
    channel.finishAndReleaseAll();
  }

  private static ByteBuf preface() {
    return Unpooled.buffer().writeZero(PREFACE_BYTES);
  }

  private static ByteBuf frames(int count, int type, int flags, int payloadBytes) {
    ByteBuf frames = Unpooled.buffer();
    for (int i = 0; i < count; i++) {
      frames.writeMedium(payloadBytes).writeByte(type).writeByte(flags).writeInt(1);
      frames.writeZero(payloadBytes);
    }
    return frames;
  }

  private int passed() {
    int bytes = 0;
    for (ByteBuf in; (in = channel.readInbound()) != null; in.release()) {
      bytes += in.readableBytes();
    }
    return bytes;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 9, 10, 13, 100_000})
  void dataPassesHoweverItComes(int pieceBytes) {
    ByteBuf stream = Unpooled.wrappedBuffer(preface(), frames(5_000, DATA, 0, 10));
    int bytes = stream.readableBytes();

    while (stream.isReadable()) {
      int piece = Math.min(pieceBytes, stream.readableBytes());
      channel.writeInbound(stream.readBytes(piece));
    }

    assertEquals(bytes, passed());
    assertEquals(0, counters.slowed.sum());
  }

  @Test
  void aThousandResetsAtOnceAreNothing() {
    channel.writeInbound(preface(), frames(1_000, RST_STREAM, 0, 4));

    assertEquals(PREFACE_BYTES + 13_000, passed());
    assertEquals(0, counters.slowed.sum());
  }

  @Test
  void whatIsBeyondTheBudgetWaitsUnread() throws Exception {
    channel.writeInbound(preface(), frames(3_000, RST_STREAM, 0, 4));

    int at = passed();
    assertTrue(at < PREFACE_BYTES + 2_000 * 13, at + " bytes passed");
    assertFalse(channel.config().isAutoRead());
    assertEquals(1, counters.slowed.sum());

    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();

    assertTrue(passed() > 0, "nothing goes on");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, PADDED})
  void nothingButEmptyDataIsCutOff(int flags) {
    channel.writeInbound(preface(), frames(200, DATA, flags, flags == 0 ? 0 : 1));

    assertFalse(channel.isActive());
    assertEquals(1, counters.cutOff.sum());
  }

  @Test
  void emptyDataAmongOtherDataIsNot() {
    for (int i = 0; i < 300; i++) {
      channel.writeInbound(
          i == 0 ? preface() : Unpooled.EMPTY_BUFFER,
          frames(1, DATA, 0, 0),
          frames(1, DATA, 0, 10));
    }

    assertTrue(channel.isActive());
    assertEquals(0, counters.cutOff.sum());
  }
}

package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The 22 bytes before a packet, as docs/protocol.md has them.
class FrameHeaderTest {
  private static final Mac DESTINATION = Mac.parse("02:00:00:00:00:0b");
  private static final Mac SOURCE = Mac.parse("02:00:00:00:00:0a");
  private static final String GOOD =
      "02000000000b" + "02000000000a" + "88b5" + "01" + "00" + "0003" + "1d13" + "c000" + "010203";

  private static ByteBuf frame(String hex) {
    return Unpooled.wrappedBuffer(ByteBufUtil.decodeHexDump(hex));
  }

  @Test
  void isWrittenByteByByteAsThePageSays() {
    ByteBuf out = Unpooled.wrappedBuffer(new byte[FrameHeader.BYTES + 3]);

    new FrameHeader(DESTINATION, SOURCE, 0x88B5, 3, 7443, 0xC000).write(out, 0);
    out.setBytes(FrameHeader.BYTES, new byte[] {1, 2, 3});

    assertEquals(GOOD, ByteBufUtil.hexDump(out));
  }

  @Test
  void isReadAsItWasWritten() {
    assertEquals(
        new FrameHeader(DESTINATION, SOURCE, 0x88B5, 3, 7443, 0xC000),
        FrameHeader.read(frame(GOOD)));
  }

  @Test
  void isReadWhereverTheFrameBegins() {
    assertNotNull(FrameHeader.read(frame("ffff" + GOOD).skipBytes(2)));
  }

  @Test
  void paddingIsNoPartOfThePacket() {
    FrameHeader header = Objects.requireNonNull(FrameHeader.read(frame(GOOD + "ff".repeat(35))));

    assertEquals(3, header.packetBytes());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 13, 14, 15, 17, 19, 21, 22})
  void aFrameWithoutAPacketIsMalformed(int bytes) {
    byte[] cut = Arrays.copyOf(ByteBufUtil.decodeHexDump(GOOD), bytes);
    assertNull(FrameHeader.read(Unpooled.wrappedBuffer(cut)));
  }

  @ParameterizedTest
  @CsvSource({
    "14, 00", // of no version
    "14, 02", // of a later version
    "15, 01", // not zero
    "16, ff", // longer than the frame
    "17, 00", // nothing in it
    "17, 04", // longer than the frame by one
    "6, 03", // from a group
    "6, ff",
  })
  void isMalformed(int at, String other) {
    ByteBuf frame = frame(GOOD);
    frame.setByte(at, Integer.parseInt(other, 16));

    assertNull(FrameHeader.read(frame));
  }

  @Test
  void thePacketMayFillAJumboFrameAndNoMore() {
    ByteBuf frame = Unpooled.wrappedBuffer(new byte[FrameHeader.BYTES + 9_000]);

    new FrameHeader(DESTINATION, SOURCE, 0x88B5, 8_992, 1, 2).write(frame, 0);
    assertNotNull(FrameHeader.read(frame));

    new FrameHeader(DESTINATION, SOURCE, 0x88B5, 8_993, 1, 2).write(frame, 0);
    assertNull(FrameHeader.read(frame));
  }
}

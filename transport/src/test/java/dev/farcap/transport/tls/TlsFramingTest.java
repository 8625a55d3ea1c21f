package dev.farcap.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.transport.Connection;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The bytes inside TLS, seen by another implementation of it.
class TlsFramingTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void aFrameIsItsLengthInFourBytesAndItsContent() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        SSLSocket socket = JdkPeer.of(TlsEnds.NEAR).connect(ends.port())) {
      Recorder far = ends.awaitAccepted();

      socket.getOutputStream().write(HEX.parseHex("0000000568656c6c6f" + "0000000121"));
      far.awaitFrames(2);
      far.send(Recorder.bytes("hello"), Recorder.bytes("!"));

      assertArrayEquals(Recorder.bytes("hello"), far.frames().get(0));
      assertArrayEquals(Recorder.bytes("!"), far.frames().get(1));
      assertEquals(
          "0000000568656c6c6f" + "0000000121",
          HEX.formatHex(socket.getInputStream().readNBytes(14)));
      TransportCounters.Snapshot counted = ends.counters.snapshot();
      assertEquals(
          List.of(2L, 6L, 2L, 6L),
          List.of(counted.framesIn(), counted.bytesIn(), counted.framesOut(), counted.bytesOut()));
    }
  }

  @Test
  void aFrameMayComeByteByByte() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        SSLSocket socket = JdkPeer.of(TlsEnds.NEAR).connect(ends.port())) {
      Recorder far = ends.awaitAccepted();

      for (byte single : HEX.parseHex("0000000568656c6c6f0000000121")) {
        socket.getOutputStream().write(single);
      }
      far.awaitFrames(2);

      assertArrayEquals(Recorder.bytes("hello"), far.frames().get(0));
      assertArrayEquals(Recorder.bytes("!"), far.frames().get(1));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "00000000, 0",
    "00010001, 65537",
    "47455420, 1195725856",
    "80000000, 2147483648",
    "ffffffff, 4294967295"
  })
  void aLengthOutOfRangeEndsThatConnectionOnly(String prefix, long length) throws Exception {
    try (TlsEnds ends = new TlsEnds();
        SSLSocket socket = JdkPeer.of(TlsEnds.NEAR).connect(ends.port())) {
      Recorder other = ends.awaitAccepted();
      SSLSocket bad = JdkPeer.of(TlsEnds.NEAR).connect(ends.port());
      Recorder far = ends.awaitAccepted();

      bad.getOutputStream().write(HEX.parseHex("0000000121" + prefix + "0000000122"));
      String reason = far.awaitClosed();
      bad.close();
      socket.getOutputStream().write(HEX.parseHex("0000000121"));
      other.awaitFrames(1);

      assertEquals("malformed frame: length is " + length + " bytes, limits 1..65536", reason);
      assertEquals(1, far.frameCount());
      assertEquals(1, ends.counters.snapshot().framesMalformed());
      assertEquals(List.of(), other.closedReasons());
    }
  }

  @Test
  void anEndWithinAFrameDropsThePart() throws Exception {
    try (TlsEnds ends = new TlsEnds()) {
      SSLSocket socket = JdkPeer.of(TlsEnds.NEAR).connect(ends.port());
      Recorder far = ends.awaitAccepted();

      socket.getOutputStream().write(HEX.parseHex("0000000121" + "0000ffff" + "2122"));
      socket.close();

      assertEquals("the peer closed the connection", far.awaitClosed());
      assertEquals(1, far.frameCount());
    }
  }

  @Test
  void anEndOfTheStreamWithoutFarewellIsReportedAsABreak() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        Tap tap = new Tap(ends.port())) {
      SSLSocket socket = JdkPeer.of(TlsEnds.NEAR).connect(tap.port());
      Recorder far = ends.awaitAccepted();
      far.send(Recorder.bytes("hello"));
      socket.getInputStream().readNBytes(9);

      tap.cut();

      assertEquals("the connection broke off", far.awaitClosed());
      socket.close();
    }
  }

  @Test
  void aFrameOfRecordLengthIsOneRecordOnTheWire() throws Exception {
    try (TlsEnds ends = new TlsEnds();
        Tap tap = new Tap(ends.port())) {
      Recorder near = ends.dial(TlsEnds.NEAR, "tls://127.0.0.1:" + tap.port()).join();
      Recorder far = ends.awaitAccepted();
      int before = tap.recordsToServer().size();
      byte[] full = new byte[Connection.RECORD_FRAME_BYTES_MAX];

      near.send(full, full, new byte[1], new byte[1], new byte[65_536]);
      far.awaitFrames(5);
      List<Integer> lengths = tap.recordsToServer();

      // RFC 8446 section 5.2: the content, its type and the tag of 16 bytes.
      int most = 16_384 + 1 + 16;
      assertEquals(
          List.of(most, most, 5 + 5 + 4 + 17, most, most, most, most),
          lengths.subList(before, lengths.size()));
    }
  }

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

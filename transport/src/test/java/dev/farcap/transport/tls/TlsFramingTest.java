package dev.farcap.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Connection;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.TransportCounters;
import java.util.HexFormat;
import java.util.List;
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
}

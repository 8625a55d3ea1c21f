package dev.farcap.transport.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// However a stream of bytes comes in pieces, its frames are those that its length prefixes say, up
/// to the first that is out of range. Held are the bytes that came and one frame at the most.
///
/// The first byte of an input says how it is cut, the rest is the stream. `.ci/fuzz` searches for
/// inputs that break this; here is read what it has found.
@Timeout(60)
public final class FrameStreamFuzzTest {
  static File[] found() {
    return new File("src/test/fuzz/FrameStreamFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    ByteBuffer stream = ByteBuffer.wrap(bytes, 1, bytes.length - 1).slice();
    assertEquals(expected(stream.duplicate()), read(stream.duplicate(), bytes[0] & 0xFF));
  }

  /// The frames in hexadecimal digits; a last one `malformed` if a prefix is out of range.
  private static List<String> expected(ByteBuffer stream) {
    List<String> frames = new ArrayList<>();
    while (stream.remaining() >= Integer.BYTES) {
      int length = stream.getInt();
      if (length < 1 || length > Connection.FRAME_BYTES_MAX) {
        frames.add("malformed");
        break;
      }
      if (length > stream.remaining()) {
        break;
      }
      byte[] frame = new byte[length];
      stream.get(frame);
      frames.add(HexFormat.of().formatHex(frame));
    }
    return frames;
  }

  private static List<String> read(ByteBuffer stream, int seed) {
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    FrameReader reader = new FrameReader(allocator);
    List<String> frames = new ArrayList<>();
    int bound = stream.remaining() + Connection.FRAME_BYTES_MAX;
    try {
      for (int piece = seed; stream.hasRemaining(); piece = piece * 31 + 7 & 0xFFFF) {
        offer(reader, allocator, stream, 1 + piece % (seed + 1));
        for (ByteBuf frame; (frame = reader.next()) != null; frame.release()) {
          frames.add(ByteBufUtil.hexDump(frame));
        }
        assertTrue(allocator.metric().usedDirectMemory() <= bound, "more held than came");
      }
    } catch (FrameReader.MalformedFrameException malformed) {
      frames.add("malformed");
    }
    reader.discard();
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes not released");
    return frames;
  }

  private static void offer(
      FrameReader reader, UnpooledByteBufAllocator allocator, ByteBuffer stream, int most) {
    int length = Math.min(most, stream.remaining());
    reader.offer(
        allocator.directBuffer(length).writeBytes(stream.slice(stream.position(), length)));
    stream.position(stream.position() + length);
  }
}

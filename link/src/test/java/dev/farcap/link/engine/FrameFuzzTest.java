package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.protobuf.InvalidProtocolBufferException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever bytes come, they are a frame or a [WireException]. A frame means what protobuf says
/// that it means, and survives being written and read again. No buffer is lost.
///
/// `.ci/fuzz` searches for bytes that break this; here is read what it has found.
@Timeout(60)
public final class FrameFuzzTest {
  /// Read by the generated classes themselves, which do not tell an absent part from an empty one.
  private static final Set<FrameKind> COLD =
      EnumSet.of(
          FrameKind.HELLO, FrameKind.OPEN, FrameKind.REFUSED, FrameKind.CLOSED, FrameKind.PRESENT);

  static File[] found() {
    return new File("src/test/fuzz/FrameFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
    ByteBuf in = allocator.directBuffer(bytes.length + 1).writeBytes(bytes);
    try {
      FrameReader reader = new FrameReader();
      Frame frame = reader.read(in);
      var meaning = WireFrames.of(reader.number(), frame);
      if (!COLD.contains(frame.kind())) {
        assertEquals(protobuf(bytes), meaning);
      }
      ByteBuf again = new FrameWriter(allocator).write(reader.number(), frame);
      Frame second = reader.read(again);
      assertEquals(meaning, WireFrames.of(reader.number(), second));
      FrameReader.releasePayload(second);
      again.release();
    } catch (WireException refused) {
      assertFalse(String.valueOf(refused.getMessage()).isEmpty());
    } finally {
      in.release();
    }
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes not released");
  }

  private static dev.farcap.link.wire.Frame protobuf(byte[] bytes) {
    try {
      return dev.farcap.link.wire.Frame.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("read by hand, but no protobuf", e);
    }
  }
}

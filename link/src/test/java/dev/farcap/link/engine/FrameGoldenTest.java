package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.link.engine.FrameSamples.Sample;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Scanner;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The bytes of every kind of frame, pinned: `frames.hex` has a line `name number hex` for each.
/// Whoever changes a line there changes the protocol.
final class FrameGoldenTest {
  private record Golden(long number, String hex) {
    byte[] bytes() {
      return HexFormat.of().parseHex(hex);
    }
  }

  private static Map<String, Golden> golden() throws IOException {
    Map<String, Golden> lines = new LinkedHashMap<>();
    try (InputStream in =
            Objects.requireNonNull(FrameGoldenTest.class.getResourceAsStream("frames.hex"));
        Scanner words = new Scanner(in, StandardCharsets.UTF_8)) {
      while (words.hasNext()) {
        lines.put(words.next(), new Golden(words.nextLong(), words.next()));
      }
    }
    return lines;
  }

  private static Golden golden(String name) throws IOException {
    return Objects.requireNonNull(golden().get(name), name);
  }

  static Set<String> names() {
    return FrameSamples.all().keySet();
  }

  @Test
  void everyKindAndSampleHasALine() throws IOException {
    Set<FrameKind> kinds = EnumSet.noneOf(FrameKind.class);

    FrameSamples.all().values().forEach(sample -> kinds.add(sample.frame().kind()));

    assertEquals(EnumSet.allOf(FrameKind.class), kinds);
    assertEquals(names(), golden().keySet());
  }

  @ParameterizedTest
  @MethodSource("names")
  void isWrittenSo(String name) throws IOException {
    Sample sample = FrameSamples.named(name);

    ByteBuf written =
        new FrameWriter(UnpooledByteBufAllocator.DEFAULT).write(sample.number(), sample.frame());

    assertArrayEquals(golden(name).bytes(), ByteBufUtil.getBytes(written));
    written.release();
  }

  @ParameterizedTest
  @MethodSource("names")
  void isReadSo(String name) throws IOException {
    Sample sample = FrameSamples.named(name);
    FrameReader reader = new FrameReader();

    Frame read = reader.read(Unpooled.wrappedBuffer(golden(name).bytes()));

    assertEquals(sample.number(), reader.number());
    assertEquals(
        WireFrames.of(sample.number(), sample.frame()), WireFrames.of(reader.number(), read));
  }

  @ParameterizedTest
  @MethodSource("names")
  void meansTheSameToGeneratedClasses(String name) throws IOException {
    Sample sample = FrameSamples.named(name);
    Golden golden = golden(name);

    var parsed = dev.farcap.link.wire.Frame.parseFrom(golden.bytes());

    assertEquals(golden.number(), parsed.getNumber());
    assertEquals(WireFrames.of(sample.number(), sample.frame()), parsed);
  }
}

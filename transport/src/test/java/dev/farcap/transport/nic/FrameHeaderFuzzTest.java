package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a stranger's frame holds, its header is malformed, or says of a packet that lies in the
/// frame, and is written again byte by byte as it was read.
///
/// An input is a frame. `.ci/fuzz` searches for inputs that break this; here is read what it has
/// found.
@Timeout(60)
public final class FrameHeaderFuzzTest {
  static File[] found() {
    return new File("src/test/fuzz/FrameHeaderFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    FrameHeader header = FrameHeader.read(Unpooled.wrappedBuffer(bytes));
    if (header == null) {
      return;
    }
    assertTrue(header.packetBytes() > 0, "no packet");
    assertTrue(FrameHeader.BYTES + header.packetBytes() <= bytes.length, "beyond the frame");
    ByteBuf again = Unpooled.wrappedBuffer(new byte[FrameHeader.BYTES]);
    header.write(again, 0);
    assertEquals(ByteBufUtil.hexDump(bytes, 0, FrameHeader.BYTES), ByteBufUtil.hexDump(again));
    Endpoint source = new Endpoint(1, header.etherType(), header.source(), header.sourcePort());
    assertEquals(source, Endpoint.of(source.toSocketAddress()));
  }
}

package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever a stranger's packet holds, an acceptor hands it to QUIC or drops it: none fails, none
/// is kept.
///
/// An input is a packet. `.ci/fuzz` searches for inputs that break this; here is read what it has
/// found.
@Timeout(60)
public final class PacketFuzzTest {
  private static final InetSocketAddress STRANGER = new InetSocketAddress("192.0.2.1", 7443);
  private static final InetSocketAddress SELF = new InetSocketAddress("192.0.2.2", 7443);

  static File[] found() {
    return new File("src/test/fuzz/PacketFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    // Not wrapped: of no bytes that would be a buffer that is never released.
    ByteBuf content = Unpooled.buffer().writeBytes(bytes);
    EmbeddedChannel channel =
        new EmbeddedChannel(new ShortInitials(), new Strays(new TransportCounters()));
    channel.writeInbound(new DatagramPacket(content, SELF, STRANGER));

    DatagramPacket passed = channel.readInbound();
    if (passed != null) {
      assertEquals(Unpooled.wrappedBuffer(bytes), passed.content());
      ReferenceCountUtil.release(passed);
    }
    assertEquals(0, content.refCnt(), "kept");
    channel.finishAndReleaseAll();
  }
}

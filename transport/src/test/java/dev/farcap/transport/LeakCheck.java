package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Sees that every socket and every byte of buffer that was taken since it began is given back.
/// Exact because tests run with Netty's unpooled allocator (see the module's pom) and one at a
/// time.
public final class LeakCheck {
  private final long sockets;
  private final long bufferBytes;

  /// Begins.
  public LeakCheck() {
    useOneSocket();
    this.sockets = openSockets();
    this.bufferBytes = bufferBytes();
  }

  /// The JDK opens a socket of its own when it first closes one, and keeps it.
  private static void useOneSocket() {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket _ = new Socket(server.getInetAddress(), server.getLocalPort())) {
      server.accept().close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// To be called once everything was closed. Awaits that the sockets are gone, ends the loops, and
  /// then no buffer may be left.
  public void end(EventLoopGroup... all) {
    awaitSockets();
    for (EventLoopGroup loops : all) {
      // Handlers give their parts back in tasks that follow the end of their socket.
      loops.forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    }
    for (EventLoopGroup loops : all) {
      loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }
    assertEquals(bufferBytes, bufferBytes(), "bytes of buffers not released");
  }

  /// Awaits that the sockets are gone.
  public void awaitSockets() {
    Recorder.awaitThat("end of all sockets", () -> openSockets() <= sockets);
  }

  private static long bufferBytes() {
    UnpooledByteBufAllocator all = UnpooledByteBufAllocator.DEFAULT;
    return all.metric().usedDirectMemory() + all.metric().usedHeapMemory();
  }

  private static long openSockets() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.filter(LeakCheck::isSocket).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isSocket(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString().startsWith("socket:");
    } catch (IOException closedMeanwhile) {
      return false;
    }
  }
}

package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;

/// Sees that every descriptor, every mapping of shared memory and every byte of buffer that was
/// taken since it began is given back. Exact because tests run with Netty's unpooled allocator (see
/// the module's pom) and one at a time.
///
/// To begin once the loops are there, whose descriptors stay until the last look.
public final class LeakCheck {
  private final Held held = Held.now();
  private final long bufferBytes = bufferBytes();

  /// To be called once everything was closed. Awaits that descriptors and mappings are gone, ends
  /// the loops, and then no buffer may be left.
  public void end(EventLoopGroup... all) {
    held.awaitAgain();
    for (EventLoopGroup loops : all) {
      // Handlers give their parts back in tasks that follow the end of their socket.
      loops.forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    }
    for (EventLoopGroup loops : all) {
      loops.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    }
    assertEquals(bufferBytes, bufferBytes(), "bytes of buffers not released");
  }

  private static long bufferBytes() {
    UnpooledByteBufAllocator all = UnpooledByteBufAllocator.DEFAULT;
    return all.metric().usedDirectMemory() + all.metric().usedHeapMemory();
  }
}

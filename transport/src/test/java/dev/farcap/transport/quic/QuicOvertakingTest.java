package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Connection;
import dev.farcap.transport.Recorder;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// A transfer over a narrow line does not keep a short frame waiting: whoever sends only while the
/// connection is writable, as a link does, and the short one first, has little before it.
class QuicOvertakingTest {
  private static final int BULK_BYTES = 16 << 10;
  private static final int SHORT_FRAMES = 20;

  /// What is on the way, about as much again that the library has taken, what it makes good for
  /// losses before it lets later bytes pass, and one frame: far less than the 16 MiB of a window.
  private static final int AHEAD_BYTES_MAX = 512 << 10;

  @Test
  void aShortFrameOvertakesATransferOverANarrowLine() throws Exception {
    try (QuicEnds ends = new QuicEnds()) {
      Recorder near =
          ends.dial(ends.medium(new TappedDatagrams(new Narrow())), ends.address()).join();
      Recorder far = ends.awaitAccepted();
      Sender sender = new Sender(near.connection());
      near.onWritable(_ -> sender.run());
      near.onLoop(sender::run);

      for (int i = 1; i <= SHORT_FRAMES; i++) {
        far.awaitFrames(far.frameCount() + 16);
        long received = bulkBytes(far);
        near.onLoop(() -> sender.sendShort(received));
        int wanted = i;
        far.await("short frame " + i, () -> shortFrames(far) >= wanted);
      }
      near.onLoop(() -> sender.over = true);

      assertTrue(
          sender.ahead.stream().allMatch(bytes -> bytes <= AHEAD_BYTES_MAX),
          () -> "bytes ahead of short frames: " + sender.ahead + ", limit " + AHEAD_BYTES_MAX);
    }
  }

  private static long bulkBytes(Recorder end) {
    return (long) BULK_BYTES * (end.frameCount() - shortFrames(end));
  }

  private static long shortFrames(Recorder end) {
    return end.frames().stream().filter(frame -> frame.length < BULK_BYTES).count();
  }

  /// Sends as a link does. Lives on the loop.
  private static final class Sender {
    private final Connection connection;
    private final byte[] bulk = new byte[BULK_BYTES];
    final List<Long> ahead = new ArrayList<>();
    private long sentBytes;
    private long receivedBytes = -1;
    volatile boolean over;

    Sender(Connection connection) {
      this.connection = connection;
    }

    /// @param received of the bulk, when the short one is to be sent
    void sendShort(long received) {
      receivedBytes = received;
      run();
    }

    void run() {
      while (!over && connection.isWritable()) {
        if (receivedBytes >= 0) {
          ahead.add(sentBytes - receivedBytes);
          receivedBytes = -1;
          connection.send(Recorder.buffer(Recorder.bytes("short")));
        } else {
          sentBytes += BULK_BYTES;
          connection.send(Recorder.buffer(bulk));
        }
        connection.flush();
      }
    }
  }

  /// A line of 10 Mbit/s with a short queue, which loses what does not fit. Lives on its loop.
  private static final class Narrow extends ChannelOutboundHandlerAdapter {
    static final int QUEUE_BYTES = 64 << 10;
    private static final int BYTES_PER_MS = 1_250;

    private final ArrayDeque<DatagramPacket> queue = new ArrayDeque<>();
    private int queuedBytes;
    private long lastNanos;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      DatagramPacket packet = (DatagramPacket) message;
      int bytes = packet.content().readableBytes();
      if (queuedBytes + bytes > QUEUE_BYTES) {
        packet.release();
      } else {
        if (queue.isEmpty()) {
          lastNanos = System.nanoTime();
          later(ctx);
        }
        queuedBytes += bytes;
        queue.add(packet);
      }
      promise.trySuccess();
    }

    private void later(ChannelHandlerContext ctx) {
      var _ = ctx.executor().schedule(() -> letThrough(ctx), 1, TimeUnit.MILLISECONDS);
    }

    private void letThrough(ChannelHandlerContext ctx) {
      long now = System.nanoTime();
      long allowed = (now - lastNanos) * BYTES_PER_MS / 1_000_000;
      for (DatagramPacket packet = queue.peek(); packet != null; packet = queue.peek()) {
        int bytes = packet.content().readableBytes();
        if (bytes > allowed) {
          break;
        }
        allowed -= bytes;
        lastNanos += bytes * 1_000_000L / BYTES_PER_MS;
        queuedBytes -= bytes;
        var _ = ctx.write(queue.remove());
      }
      ctx.flush();
      if (!queue.isEmpty()) {
        later(ctx);
      }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      queue.forEach(DatagramPacket::release);
      queue.clear();
    }
  }
}

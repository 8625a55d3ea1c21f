package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.transport.Recorder;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What is lost on the way is made up for soon, whatever it was and whatever the loop does
/// meanwhile.
class QuicLossTest {
  /// The loop is at other work when the loss should be noticed, and then a packet comes first.
  @Test
  void aLossThatIsNoticedLateIsRepairedAtOnce() throws Exception {
    BusyAfterLoss line = new BusyAfterLoss();
    try (QuicEnds ends = new QuicEnds()) {
      Recorder near = ends.dial(ends.medium(new TappedDatagrams(line)), ends.address()).join();
      Recorder far = ends.awaitAccepted();
      line.awaitQuiet(near);

      near.onLoop(
          () -> {
            line.loseNext = true;
            near.send(Recorder.bytes("lost"));
            near.send(Recorder.bytes("arrives"));
          });
      far.awaitFrames(2);

      assertEquals(2, far.frameCount());
    }
  }

  /// The last packet of a connection is never acknowledged; without it the idle timeout is the end.
  @Test
  void anEndThatIsHeldBackHearsOfTheEndThoughAPacketOfItIsLost() throws Exception {
    BusyAfterLoss line = new BusyAfterLoss();
    try (QuicEnds ends = new QuicEnds()) {
      Recorder near = ends.dial(ends.medium(new TappedDatagrams(line)), ends.address()).join();
      Recorder far = ends.awaitAccepted();
      far.setReading(false);
      near.send(Recorder.bytes("one"), Recorder.bytes("two"));
      near.close("done");
      line.awaitQuiet(near);

      near.onLoop(() -> line.loseNext = true);

      assertEquals("the peer closed the connection", far.awaitClosed());
      assertEquals(2, far.frameCount());
    }
  }

  /// Loses one packet. Once the answer to the next one has come, the loop is busy until the loss is
  /// overdue; then an old packet comes again. Lives on its loop.
  private static final class BusyAfterLoss extends ChannelDuplexHandler {
    private static final long BUSY_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
    private static final long QUIET_MS = 200;

    boolean loseNext;
    private boolean lost;
    private long stirredNanos;
    private @Nullable DatagramPacket old;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      stirredNanos = System.nanoTime();
      DatagramPacket packet = (DatagramPacket) message;
      if (loseNext && packet.content().isReadable()) {
        loseNext = false;
        lost = true;
        packet.release();
        promise.setSuccess();
      } else {
        var _ = ctx.write(message, promise);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      stirredNanos = System.nanoTime();
      if (lost && old == null) {
        old = ((DatagramPacket) message).copy();
      }
      ctx.fireChannelRead(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.fireChannelReadComplete();
      if (lost && old != null) {
        lost = false;
        beBusy();
        ctx.fireChannelRead(old);
        ctx.fireChannelReadComplete();
      }
    }

    private static void beBusy() {
      long end = System.nanoTime() + BUSY_NANOS;
      while (System.nanoTime() < end) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
    }

    /// Awaits that neither end has anything to say.
    void awaitQuiet(Recorder near) {
      long quiet = TimeUnit.MILLISECONDS.toNanos(QUIET_MS);
      Recorder.awaitThat(
          "quiet line",
          () ->
              near.connection()
                  .eventLoop()
                  .submit(() -> System.nanoTime() - stirredNanos > quiet)
                  .awaitUninterruptibly()
                  .getNow());
    }
  }
}

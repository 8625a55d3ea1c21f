package dev.farcap.transport.quic;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

/// Has the codec look once more, soon after packets went to and fro, whether anything is to be
/// sent.
///
/// Where the loop is late, a packet may be read when a timer of its connection is due that has not
/// run yet. The codec then lets the timer run while it is sending: what turns out to be lost is
/// noted, but not sent again, and if nothing else is under way no other timer is set. The rest of a
/// message would wait for the next packet of either side, which may be the end by the idle timeout.
/// That the socket takes more is the one event at which the codec looks after all its connections.
///
/// Stands between the socket and the codec. Lives on their loop.
final class SecondLook extends ChannelDuplexHandler {
  /// Later than the timer, which is due an eighth of a round trip after the answer that shows a
  /// loss (RFC 9002 section 6.1.2).
  private static final int PAUSE_MS = 100;

  /// A look at one takes a few microseconds: so many take one or two percent of the loop.
  private static final int CONNECTIONS_PER_MS = 4;

  private final IntSupplier connections;
  private boolean due;

  /// @param connections of the codec, now
  SecondLook(IntSupplier connections) {
    this.connections = connections;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    lookSoon(ctx);
    ctx.fireChannelRead(message);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    lookSoon(ctx);
    var _ = ctx.write(message, promise);
  }

  private void lookSoon(ChannelHandlerContext ctx) {
    if (!due) {
      due = true;
      int pause = Math.max(PAUSE_MS, connections.getAsInt() / CONNECTIONS_PER_MS);
      var _ = ctx.executor().schedule(() -> look(ctx), pause, TimeUnit.MILLISECONDS);
    }
  }

  private void look(ChannelHandlerContext ctx) {
    due = false;
    if (!ctx.isRemoved()) {
      ctx.fireChannelWritabilityChanged();
    }
  }
}

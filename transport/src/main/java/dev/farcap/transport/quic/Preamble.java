package dev.farcap.transport.quic;

import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/// Takes the byte with which a dialler opens the stream, and is gone.
final class Preamble extends ChannelInboundHandlerAdapter {
  private final QuicLine line;
  private final TransportCounters counters;

  Preamble(QuicLine line, TransportCounters counters) {
    this.line = line;
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (!bytes.isReadable()) {
      bytes.release();
      return;
    }
    int first = bytes.readUnsignedByte();
    if (first != QuicSettings.PREAMBLE) {
      bytes.release();
      counters.frameMalformed();
      line.brokenByPeer("the stream begins with " + first + ", expected " + QuicSettings.PREAMBLE);
      return;
    }
    ctx.fireChannelRead(bytes);
    ctx.pipeline().remove(this);
  }
}

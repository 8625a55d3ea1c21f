package dev.farcap.transport.quic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.util.ReferenceCountUtil;

/// Takes the byte with which a dialler opens the stream, and is gone.
final class Preamble extends ChannelInboundHandlerAdapter {
  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (bytes.readByte() != QuicSettings.PREAMBLE) {
      bytes.release();
      QuicChannel connection = (QuicChannel) ctx.channel().parent();
      var _ = connection.close(true, QuicFailure.MISTAKE, Unpooled.EMPTY_BUFFER);
      return;
    }
    if (bytes.isReadable()) {
      ctx.fireChannelRead(bytes);
    } else {
      ReferenceCountUtil.release(bytes);
    }
    ctx.pipeline().remove(this);
  }
}

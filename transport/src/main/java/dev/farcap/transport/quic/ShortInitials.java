package dev.farcap.transport.quic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;

/// Drops an acceptor's packets that begin like a dialler's first one and are shorter than that has
/// to be (RFC 9000 section 14.1), before anything is answered.
///
/// The codec looks at no length. A Retry has over a hundred bytes, and whoever forges the sender's
/// address would have it sent there for some twenty; a true dialler fills its first packets.
final class ShortInitials extends ChannelInboundHandlerAdapter {
  private static final int INITIAL_BYTES_MIN = 1_200;

  /// Of the first byte: that the header is long, and its type. RFC 9000 section 17.2.
  private static final int LONG_AND_TYPE = 0b1011_0000;

  private static final int INITIAL = 0b1000_0000;

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    if (isShortInitial(packet.content())) {
      packet.release();
    } else {
      ctx.fireChannelRead(packet);
    }
  }

  private static boolean isShortInitial(ByteBuf content) {
    int bytes = content.readableBytes();
    return bytes > 0
        && bytes < INITIAL_BYTES_MIN
        && (content.getByte(content.readerIndex()) & LONG_AND_TYPE) == INITIAL;
  }
}

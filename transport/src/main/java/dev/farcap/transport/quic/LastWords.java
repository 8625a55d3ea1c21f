package dev.farcap.transport.quic;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.QuicChannel;

/// Says three times that a connection is over.
///
/// CONNECTION_CLOSE is the last packet of a connection, and nobody acknowledges it. An end that
/// closes should say it again to whoever goes on (RFC 9000 section 10.2.1), but the library forgets
/// the connection at once. A peer that has missed the one packet hears nothing more: one that is
/// refused believes itself connected, one that is held back does not see the end of the stream,
/// both until their idle timeout.
///
/// Stands between the socket and the codec. Lives on their loop.
final class LastWords extends ChannelOutboundHandlerAdapter {
  /// Of twenty packets one lost is a bad line; of eight thousand ends it then loses one.
  private static final int TIMES = 3;

  private boolean closing;

  /// Closes a connection. Whoever has not shaken hands yet hears it once: the address may be
  /// another's, who is not to be sent three times what was asked for (RFC 9000 section 8.1).
  ///
  /// @param code of [QuicFailure]
  static void close(QuicChannel channel, int code) {
    LastWords words = channel.parent().pipeline().get(LastWords.class);
    // Null if the socket is closed already.
    if (words != null) {
      words.closing = channel.isActive();
    }
    var _ = channel.close(true, code, Unpooled.EMPTY_BUFFER);
    if (words != null) {
      words.closing = false;
    }
  }

  /// Closing writes what the connection still has to say, then that it is over, then an empty
  /// packet, which the socket does not send.
  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    DatagramPacket packet = (DatagramPacket) message;
    if (closing && packet.content().isReadable()) {
      for (int i = 1; i < TIMES; i++) {
        var _ = ctx.write(packet.copy(), ctx.voidPromise());
      }
    }
    var _ = ctx.write(packet, promise);
  }
}

package dev.farcap.door;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives an HTTP/2 connection of gRPC a larger receive window than its streams have.
///
/// grpc-netty makes both equally large, so that one call whose reader has stopped holds the whole
/// connection's window and stops every other call. With [#STREAM_BYTES] per stream and
/// [#CONNECTION_BYTES] per connection, more than 200 stopped readers are needed; the latter also
/// bounds what one connection can make this process hold.
///
/// Added to the pipeline before gRPC; leaves it when done.
public final class ConnectionWindow extends ChannelInboundHandlerAdapter {
  /// Receive window of a stream, as large as a link's for a call: a message of 64 KiB passes
  /// without waiting for a window, and the next one may follow.
  public static final int STREAM_BYTES = 144 << 10;

  /// Receive window of a connection: a quarter of what the launcher allows beside the heap.
  public static final int CONNECTION_BYTES = 32 << 20;

  private static final Logger log = LoggerFactory.getLogger(ConnectionWindow.class);

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    // The first bytes of the peer: the connection's own preface has been sent.
    ctx.pipeline().remove(this);
    ctx.fireChannelRead(message);
    Http2ConnectionHandler http2 = ctx.pipeline().get(Http2ConnectionHandler.class);
    if (http2 != null && ctx.channel().isActive()) {
      widen(http2);
      ctx.flush();
    }
  }

  private static void widen(Http2ConnectionHandler http2) {
    Http2LocalFlowController windows = http2.connection().local().flowController();
    var connection = http2.connection().connectionStream();
    try {
      windows.incrementWindowSize(
          connection, CONNECTION_BYTES - windows.initialWindowSize(connection));
    } catch (Http2Exception e) {
      log.warn("connection window stays as it is", e);
    }
  }
}

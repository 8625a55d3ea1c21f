package dev.farcap.door;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets up the receive windows of one HTTP/2 connection of gRPC before its first data.
///
/// grpc-netty makes the connection's window as large as a stream's, and refills it with whatever
/// arrives: it bounds nothing but what is under way in a round trip. So it is widened; what a
/// connection can make this process hold is bounded by its streams' windows and [Arrivals].
///
/// Added to the pipeline before gRPC; leaves it when done.
public final class ConnectionWindow extends ChannelInboundHandlerAdapter {
  /// Receive window of a connection: what may be under way on a long way.
  private static final int CONNECTION_BYTES = 32 << 20;

  private static final Logger log = LoggerFactory.getLogger(ConnectionWindow.class);

  private final Arrivals arrivals;
  private final ConnectionArrivals.Terms terms;

  /// @param arrivals where what arrives is counted
  /// @param owner whose connection it is: equal for those of one user or one server
  /// @param messageBytes longest message that gRPC takes
  /// @param refused counts calls ended because too much was here
  public ConnectionWindow(Arrivals arrivals, Object owner, int messageBytes, LongAdder refused) {
    this.arrivals = arrivals;
    terms = new ConnectionArrivals.Terms(owner, messageBytes, refused);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    // With TLS, gRPC's handler comes after the handshake; before it there is no data.
    Http2ConnectionHandler http2 = ctx.pipeline().get(Http2ConnectionHandler.class);
    if (http2 != null) {
      ctx.pipeline().remove(this);
      ConnectionArrivals.guard(arrivals, terms, ctx.pipeline().context(http2), http2);
      widen(http2);
    }
    ctx.fireChannelRead(message);
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

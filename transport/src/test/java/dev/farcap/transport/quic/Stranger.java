package dev.farcap.transport.quic;

import dev.farcap.transport.tls.TlsCredentials;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicClientCodecBuilder;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicDatagramExtensionEvent;
import io.netty.handler.codec.quic.QuicSslContextBuilder;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamType;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A dialler made of the library alone, which may break the rules.
final class Stranger extends ChannelInboundHandlerAdapter implements AutoCloseable {
  private static final int WINDOW_BYTES = 1 << 20;
  private static final long PATIENCE_S = 20;

  private final Channel socket;
  private final Future<QuicChannel> dialled;
  private final CompletableFuture<String> end = new CompletableFuture<>();
  private final CompletableFuture<Void> heard = new CompletableFuture<>();
  private volatile boolean datagrams;

  /// Dials, and waits until it is connected as far as this side can tell, or is not.
  Stranger(QuicEnds ends, QuicSslEngine tls) {
    EventLoop loop = ends.loops.next();
    InetAddress here = InetAddress.getLoopbackAddress();
    this.socket =
        new UdpDatagrams()
            .bind(new InetSocketAddress(here, 0), loop, codec(tls))
            .syncUninterruptibly()
            .channel();
    this.dialled =
        QuicChannel.newBootstrap(socket)
            .handler(this)
            .streamHandler(new ChannelInboundHandlerAdapter())
            .remoteAddress(new InetSocketAddress(here, ends.port()))
            .connect()
            .awaitUninterruptibly();
    if (!dialled.isSuccess()) {
      end.complete(QuicFailure.describe(dialled.cause(), null));
    }
  }

  private static ChannelHandler codec(QuicSslEngine tls) {
    return new QuicClientCodecBuilder()
        .sslEngineProvider(_ -> tls)
        .initialMaxData(WINDOW_BYTES)
        .initialMaxStreamDataBidirectionalLocal(WINDOW_BYTES)
        .initialMaxStreamsBidirectional(1)
        .initialMaxStreamsUnidirectional(1)
        .datagram(16, 16)
        .maxIdleTimeout(PATIENCE_S, TimeUnit.SECONDS)
        .build();
  }

  /// TLS with a certificate.
  static QuicSslContextBuilder tls(TlsCredentials credentials) {
    return anonymous(credentials)
        .keyManager(credentials.key(), null, credentials.chain().toArray(X509Certificate[]::new));
  }

  /// TLS without one.
  static QuicSslContextBuilder anonymous(TlsCredentials credentials) {
    return QuicSslContextBuilder.forClient()
        .endpointIdentificationAlgorithm(null)
        .trustManager(credentials.anchors().toArray(X509Certificate[]::new))
        .applicationProtocols(QuicSettings.PROTOCOL);
  }

  /// What it is connected by.
  QuicChannel connection() {
    return dialled.getNow();
  }

  /// Opens a stream and says something, if it is connected.
  @Nullable QuicStreamChannel say(int... bytes) {
    if (!dialled.isSuccess()) {
      return null;
    }
    QuicStreamChannel stream =
        connection()
            .createStream(QuicStreamType.BIDIRECTIONAL, new Hearing())
            .syncUninterruptibly()
            .getNow();
    ByteBuf said = Unpooled.directBuffer();
    for (int one : bytes) {
      said.writeByte(one);
    }
    var _ = stream.writeAndFlush(said);
    return stream;
  }

  private final class Hearing extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      heard.complete(null);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    datagrams |= event instanceof QuicDatagramExtensionEvent;
    if (event instanceof QuicConnectionCloseEvent close) {
      end.complete(QuicFailure.describe(close));
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end.complete("over");
  }

  /// Whether the other end takes datagrams beside the stream.
  boolean mayDatagrams() {
    return datagrams;
  }

  /// Waits until something has come on the stream.
  void awaitBytes() {
    heard.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
  }

  /// Waits until the other end has ended the connection, and says why.
  String awaitEnd() {
    return end.orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
  }

  /// In good order, as far as there is something to close: the other end need not wait.
  @Override
  public void close() {
    if (dialled.isSuccess()) {
      connection().close(true, QuicFailure.ENDED, Unpooled.EMPTY_BUFFER).awaitUninterruptibly();
    }
    socket.close().syncUninterruptibly();
  }
}

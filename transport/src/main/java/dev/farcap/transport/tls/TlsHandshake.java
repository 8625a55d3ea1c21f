package dev.farcap.transport.tls;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.stream.StreamConnection;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands behind the TLS handler until the peer is proven and admitted, then gives its place to a
/// [StreamConnection]. The TLS handler reports the end of the handshake before it passes on the
/// first byte of data, and the policy answers at once: no frame can come earlier.
final class TlsHandshake extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(TlsHandshake.class);

  private final SslHandler tls;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final Function<Connection, ConnectionListener> opener;
  private final Consumer<String> refused;
  private boolean decided;

  /// @param opener hears of the admitted connection
  /// @param refused hears the reason if there is none; exactly one of the two is called, once
  TlsHandshake(
      SslHandler tls,
      ConnectionPolicy policy,
      TransportCounters counters,
      Function<Connection, ConnectionListener> opener,
      Consumer<String> refused) {
    this.tls = tls;
    this.policy = policy;
    this.counters = counters;
    this.opener = opener;
    this.refused = refused;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent done && !decided) {
      if (done.isSuccess()) {
        admit(ctx);
      } else {
        refuse(ctx, TlsFailure.describe(done.cause()));
      }
    }
  }

  private void admit(ChannelHandlerContext ctx) {
    try {
      if (!TlsContexts.PROTOCOL.equals(tls.applicationProtocol())) {
        throw new ConnectionRefusedException("the peer does not speak " + TlsContexts.PROTOCOL);
      }
      Principal peer = policy.admit(chain());
      decided = true;
      open(ctx, peer);
    } catch (ConnectionRefusedException refusal) {
      refuse(ctx, String.valueOf(refusal.getMessage()));
    } catch (SSLPeerUnverifiedException _) {
      refuse(ctx, "the peer has no certificate");
    } catch (RuntimeException mistake) {
      log.error("admission of {} failed", ctx.channel().remoteAddress(), mistake);
      refuse(ctx, "a mistake at this end: " + mistake);
    }
  }

  private List<X509Certificate> chain() throws SSLPeerUnverifiedException {
    Certificate[] certificates = tls.engine().getSession().getPeerCertificates();
    return Arrays.stream(certificates).map(X509Certificate.class::cast).toList();
  }

  private void open(ChannelHandlerContext ctx, Principal peer) {
    try {
      StreamConnection connection =
          new StreamConnection(ctx.channel(), new TlsLine(ctx.channel()), peer, counters, opener);
      ctx.pipeline().replace(this, "connection", connection);
      counters.connectionOpened();
    } catch (RuntimeException mistake) {
      log.error("no listener for the connection of {}", peer.name(), mistake);
      var _ = ctx.close();
    }
  }

  private void refuse(ChannelHandlerContext ctx, String reason) {
    if (!decided) {
      decided = true;
      counters.handshakeRefused();
      var _ = ctx.close();
      refused.accept(reason);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    refuse(ctx, TlsFailure.describe(cause));
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    refuse(ctx, "the peer closed during handshake");
  }
}

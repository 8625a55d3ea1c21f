package dev.farcap.transport.tls;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.stream.StreamConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stands behind the TLS handler until the peer is proven and admitted, then has its place taken,
/// by a [StreamConnection] or by what another medium makes of a proven stream. The TLS handler
/// reports the end of the handshake before it passes on the first byte of data, and the policy
/// answers at once: no frame can come earlier.
public final class TlsHandshake extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(TlsHandshake.class);

  private final SslHandler tls;
  private final PeerProof proof;
  private final TransportCounters counters;
  private final Opening opening;
  private final Function<Connection, ConnectionListener> opener;
  private final Consumer<String> refused;
  private boolean decided;
  private boolean told;

  /// Makes a connection of a stream whose peer is proven and admitted.
  @FunctionalInterface
  public interface Opening {
    /// To put another handler into the place of the handshake.
    ///
    /// @param handshake the place
    /// @param peer who is at the other end
    /// @param opener is told of the connection
    /// @param refused is told the reason if there is none; exactly one of the two, once
    /// @throws RuntimeException if the opener did, or before either was told: then `refused` is.
    ///   The stream is closed
    void open(
        ChannelHandlerContext handshake,
        Principal peer,
        Function<Connection, ConnectionListener> opener,
        Consumer<String> refused);
  }

  /// Has frames follow one another on the stream.
  static Opening frames(TransportCounters counters) {
    return (handshake, peer, opener, _) -> {
      Channel channel = handshake.channel();
      StreamConnection connection =
          new StreamConnection(channel, new TlsLine(channel), peer, counters, opener);
      handshake.pipeline().replace(handshake.handler(), "connection", connection);
      counters.connectionOpened();
    };
  }

  /// @param tls the handler before this one
  /// @param proof asked for once
  /// @param counters of refusals
  /// @param opening what becomes of the stream
  /// @param opener hears of the admitted connection
  /// @param refused hears the reason if there is none; exactly one of the two is called, once
  public TlsHandshake(
      SslHandler tls,
      PeerProof proof,
      TransportCounters counters,
      Opening opening,
      Function<Connection, ConnectionListener> opener,
      Consumer<String> refused) {
    this.tls = tls;
    this.proof = proof;
    this.counters = counters;
    this.opening = opening;
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
      Principal peer = proof.admit(tls.engine());
      decided = true;
      open(ctx, peer);
    } catch (ConnectionRefusedException refusal) {
      refuse(ctx, String.valueOf(refusal.getMessage()));
    }
  }

  private void open(ChannelHandlerContext ctx, Principal peer) {
    try {
      opening.open(ctx, peer, this::opened, this::notOpened);
    } catch (RuntimeException | Error mistake) {
      log.error("no listener for the connection of {}", peer.name(), mistake);
      var _ = ctx.close();
      if (!told) {
        counters.handshakeRefused();
        notOpened("a mistake at this end: " + mistake);
      }
    }
  }

  private ConnectionListener opened(Connection connection) {
    told = true;
    return opener.apply(connection);
  }

  private void notOpened(String reason) {
    told = true;
    refused.accept(reason);
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

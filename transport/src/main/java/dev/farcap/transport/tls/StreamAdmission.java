package dev.farcap.transport.tls;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.TransportCounters;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Admits those who come to an acceptor whose peers prove themselves by TLS over a stream, within
/// the acceptor's bounds on unproven peers and on all peers. May be used by any loop.
public final class StreamAdmission {
  private static final Logger log = LoggerFactory.getLogger(StreamAdmission.class);

  private final String medium;
  private final TlsContexts contexts;
  private final PeerProof proof;
  private final TransportCounters counters;
  private final TlsHandshake.Opening opening;
  private final Acceptor.AcceptHandler handler;
  private final Semaphore handshakes;
  private final Semaphore connections;

  /// @param medium its name, for the log
  /// @param contexts of acceptors
  /// @param proof asked for after each handshake
  /// @param counters of refusals
  /// @param config the bounds
  /// @param opening what becomes of a stream whose peer is admitted
  /// @param handler takes the connections
  public StreamAdmission(
      String medium,
      TlsContexts contexts,
      PeerProof proof,
      TransportCounters counters,
      TlsConfig config,
      TlsHandshake.Opening opening,
      Acceptor.AcceptHandler handler) {
    this.medium = medium;
    this.contexts = contexts;
    this.proof = proof;
    this.counters = counters;
    this.opening = opening;
    this.handler = handler;
    this.handshakes = new Semaphore(config.handshakesMax());
    this.connections = new Semaphore(config.connectionsMax());
  }

  /// Begins the handshake on a stream that was just accepted, or closes it.
  public void accept(Channel channel) {
    if (!connections.tryAcquire()) {
      refuse(channel, "too many connections");
      return;
    }
    var _ = channel.closeFuture().addListener(_ -> connections.release());
    if (!handshakes.tryAcquire()) {
      refuse(channel, "too many connections in handshake");
      return;
    }
    try {
      SslHandler tls = contexts.handler(channel.alloc());
      channel.pipeline().addLast(tls, handshake(channel, tls));
    } catch (SSLException | RuntimeException unusable) {
      handshakes.release();
      refuse(channel, "the credentials of this end cannot be used: " + unusable.getMessage());
    }
  }

  private TlsHandshake handshake(Channel channel, SslHandler tls) {
    return new TlsHandshake(
        tls,
        proof,
        counters,
        opening,
        connection -> {
          handshakes.release();
          return handler.accepted(connection);
        },
        reason -> {
          handshakes.release();
          logRefusal(channel, reason);
        });
  }

  private void refuse(Channel channel, String reason) {
    counters.handshakeRefused();
    logRefusal(channel, reason);
    var _ = channel.close();
  }

  private void logRefusal(Channel channel, String reason) {
    log.info(
        "{} {} refused {}: {}", medium, channel.localAddress(), channel.remoteAddress(), reason);
  }
}

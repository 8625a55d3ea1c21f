package dev.farcap.transport.tls;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.HostAddress;
import dev.farcap.transport.TransportCounters;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.Semaphore;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts at one TCP address. Each connection gets a loop of the group; the bounds on unproven
/// peers and on all peers are shared by the loops.
final class TlsAcceptor implements Acceptor {
  private static final Logger log = LoggerFactory.getLogger(TlsAcceptor.class);

  /// Connections the kernel completes while the loop is busy.
  private static final int BACKLOG = 1024;

  private final TlsContexts contexts;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final AcceptHandler handler;
  private final Semaphore handshakes;
  private final Semaphore connections;
  private final Channel server;

  /// @throws IOException if the address cannot be bound
  TlsAcceptor(
      HostAddress address,
      EventLoopGroup loops,
      TlsContexts contexts,
      ConnectionPolicy policy,
      TransportCounters counters,
      TlsConfig config,
      AcceptHandler handler)
      throws IOException {
    this.contexts = contexts;
    this.policy = policy;
    this.counters = counters;
    this.handler = handler;
    this.handshakes = new Semaphore(config.handshakesMax());
    this.connections = new Semaphore(config.connectionsMax());
    this.server = bind(address, loops);
  }

  private Channel bind(HostAddress address, EventLoopGroup loops) throws IOException {
    InetSocketAddress literal = address.literal();
    InetSocketAddress local = literal == null ? address.resolve().getFirst() : literal;
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(TlsSockets.serverSocket(loops))
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind(local)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(address + ": " + bound.cause().getMessage(), bound.cause());
    }
    return bound.channel();
  }

  private void accept(Channel channel) {
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
      TlsSockets.configure(channel);
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
        policy,
        counters,
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
    log.info("tls {} refused {}: {}", channel.localAddress(), channel.remoteAddress(), reason);
  }

  @Override
  public String address() {
    return HostAddress.of(TlsMedium.NAME, (InetSocketAddress) server.localAddress()).toString();
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
  }
}

package dev.farcap.transport.quic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.stream.StreamConnection;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicChannelOption;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import io.netty.handler.codec.quic.QuicResetTokenGenerator;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts at one address. All its connections share one channel of datagrams, and so one loop. The
/// channel is closed once the acceptor is and the last connection has ended.
final class QuicAcceptor implements Acceptor {
  private static final Logger log = LoggerFactory.getLogger(QuicAcceptor.class);
  private static final int SECRET_BYTES = 32;

  private final QuicContexts contexts;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final QuicConfig config;
  private final Datagrams datagrams;
  private final AcceptHandler handler;
  private final Channel socket;
  private final InetSocketAddress local;
  // On the loop only.
  private int handshakes;
  private int connections;
  private boolean closed;

  /// @throws IOException if the address cannot be bound
  QuicAcceptor(
      String address,
      EventLoop loop,
      QuicContexts contexts,
      ConnectionPolicy policy,
      TransportCounters counters,
      QuicConfig config,
      Datagrams datagrams,
      AcceptHandler handler)
      throws IOException {
    this.contexts = contexts;
    this.policy = policy;
    this.counters = counters;
    this.config = config;
    this.datagrams = datagrams;
    this.handler = handler;
    ChannelFuture bound =
        datagrams
            .bind(datagrams.resolve(address).getFirst(), loop, pipeline(loop))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(address + ": " + bound.cause().getMessage(), bound.cause());
    }
    socket = bound.channel();
    local = (InetSocketAddress) socket.localAddress();
  }

  private ChannelHandler pipeline(EventLoop loop) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(codec(loop), new SocketFailures());
      }
    };
  }

  /// What goes wrong with single packets is not the end of the others.
  private final class SocketFailures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.debug("{} {}: {}", datagrams.medium(), ctx.channel().localAddress(), cause.getMessage());
    }
  }

  private ChannelHandler codec(EventLoop loop) {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    return QuicSettings.acceptor(datagrams, config)
        .sslEngineProvider(this::arrived)
        .tokenHandler(
            new RetryTokens(
                secret, () -> handshakes >= (config.handshakesMax() + 3) / 4, System::nanoTime))
        .connectionIdAddressGenerator(QuicConnectionIdGenerator.signGenerator())
        .resetTokenGenerator(QuicResetTokenGenerator.signGenerator())
        .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, datagrams.segments(loop))
        .streamOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
        .streamOption(ChannelOption.ALLOCATOR, QuicSettings.allocator())
        .streamHandler(
            new ChannelInitializer<QuicStreamChannel>() {
              @Override
              protected void initChannel(QuicStreamChannel stream) {
                stream.parent().pipeline().get(Arrival.class).opened(stream);
              }
            })
        .build();
  }

  /// The first packet of a peer.
  ///
  /// @return the TLS of its connection; null drops the packet and forgets of it
  private @Nullable QuicSslEngine arrived(QuicChannel channel) {
    if (closed) {
      return null;
    }
    if (connections >= config.connectionsMax() || handshakes >= config.handshakesMax()) {
      refused(
          channel,
          handshakes >= config.handshakesMax()
              ? "too many connections in handshake"
              : "too many connections");
      return null;
    }
    try {
      QuicSslEngine tls = contexts.engine(channel.alloc());
      channel.pipeline().addLast(new Arrival(channel));
      return tls;
    } catch (SSLException | RuntimeException unusable) {
      refused(channel, "the credentials of this end cannot be used: " + unusable.getMessage());
      return null;
    }
  }

  private void refused(QuicChannel channel, String reason) {
    counters.handshakeRefused();
    log.info(
        "{} {} refused {}: {}",
        datagrams.medium(),
        channel.parent().localAddress(),
        channel.remoteSocketAddress(),
        reason);
  }

  /// A peer from its first packet on until it is admitted and has opened its stream.
  private final class Arrival extends ChannelInboundHandlerAdapter {
    private final QuicChannel channel;
    private final ScheduledFuture<?> timeout;
    private @Nullable Principal peer;
    private boolean decided;
    private boolean carried;

    Arrival(QuicChannel channel) {
      this.channel = channel;
      handshakes++;
      connections++;
      timeout =
          channel
              .parent()
              .eventLoop()
              .schedule(
                  () -> refuse("timed out: the peer did not finish the TLS handshake"),
                  config.handshakeTimeoutMs(),
                  TimeUnit.MILLISECONDS);
      var _ = channel.closeFuture().addListener(_ -> gone());
    }

    private void gone() {
      refuse("the peer closed during handshake");
      connections--;
      closeSocketIfUnused();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      try {
        peer = QuicAdmission.admit(channel, policy);
      } catch (ConnectionRefusedException refusal) {
        refuse(String.valueOf(refusal.getMessage()));
      }
    }

    /// A stream of the peer is there.
    void opened(QuicStreamChannel stream) {
      if (peer == null || decided) {
        // One that is refused is about to be closed.
        if (carried) {
          var _ = channel.close(true, QuicFailure.MISTAKE, Unpooled.EMPTY_BUFFER);
        }
        return;
      }
      carried = true;
      decide();
      QuicLine line = new QuicLine(channel, stream, datagrams);
      try {
        stream.pipeline().addLast(new Preamble());
        line.carry(new StreamConnection(stream, line, peer, counters, handler::accepted));
        counters.connectionOpened();
      } catch (RuntimeException mistake) {
        log.error("no listener for the connection of {}", peer.name(), mistake);
        line.hangUp();
      }
    }

    private void decide() {
      decided = true;
      timeout.cancel(false);
      handshakes--;
    }

    private void refuse(String reason) {
      if (!decided) {
        decide();
        refused(channel, reason);
        // Not from within the reading of a packet.
        channel
            .parent()
            .eventLoop()
            .execute(
                () -> {
                  var _ = channel.close(true, QuicFailure.REFUSED, Unpooled.EMPTY_BUFFER);
                });
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event instanceof QuicConnectionCloseEvent close) {
        refuse(QuicFailure.describe(close));
      }
      ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (decided) {
        ctx.fireExceptionCaught(cause);
      } else {
        refuse(QuicFailure.describe(cause, channel.sslEngine()));
      }
    }
  }

  private void closeSocketIfUnused() {
    if (closed && connections == 0) {
      // After what the last connection still had to send.
      socket
          .eventLoop()
          .execute(
              () -> {
                var _ = socket.close();
              });
    }
  }

  @Override
  public String address() {
    return datagrams.address(local);
  }

  @Override
  public void close() {
    Runnable close =
        () -> {
          closed = true;
          closeSocketIfUnused();
        };
    if (socket.eventLoop().inEventLoop()) {
      close.run();
    } else if (!socket.eventLoop().isShuttingDown()) {
      socket.eventLoop().submit(close).awaitUninterruptibly();
    }
  }
}

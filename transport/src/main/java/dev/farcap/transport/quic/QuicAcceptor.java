package dev.farcap.transport.quic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.TransportCounters;
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
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import io.netty.handler.codec.quic.QuicResetTokenGenerator;
import io.netty.handler.codec.quic.QuicSslEngine;
import io.netty.handler.codec.quic.QuicStreamChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts at one address. All its connections share one channel of datagrams, and so one loop. The
/// channel is closed once the acceptor is and the last connection has ended.
///
/// A peer without a good token costs no memory while there is a crowd, and one for whom there is no
/// room never more than its token: only then does the codec make a connection of it.
final class QuicAcceptor implements Acceptor {
  private static final Logger log = LoggerFactory.getLogger(QuicAcceptor.class);
  private static final int SECRET_BYTES = 32;

  /// Between two lines of the log about packets that are dropped, which may be many.
  private static final long DROPPED_LOG_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final QuicContexts contexts;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final QuicConfig config;
  private final Datagrams datagrams;
  private final AcceptHandler handler;
  private final Channel socket;
  private final InetSocketAddress local;
  // On the loop only.
  private final Room room;
  private long droppedLoggedNanos = System.nanoTime() - DROPPED_LOG_NANOS;
  private int dropped;
  private @Nullable SocketAddress lastDropped;

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
    this.room = new Room(config);
    InetSocketAddress asked = datagrams.resolve(address).getFirst();
    ChannelFuture bound = datagrams.bind(asked, loop, pipeline(asked, loop)).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(address + ": " + bound.cause().getMessage(), bound.cause());
    }
    socket = bound.channel();
    local = (InetSocketAddress) socket.localAddress();
  }

  private ChannelHandler pipeline(InetSocketAddress asked, EventLoop loop) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new ShortInitials());
        if (datagrams.addressesStay()) {
          channel.pipeline().addLast(new Strays(counters));
        }
        channel
            .pipeline()
            .addLast(
                new LastWords(),
                new SecondLook(room::connections),
                codec(asked, loop),
                new SocketFailures());
      }
    };
  }

  /// What goes wrong with single packets is not the end of the others.
  private final class SocketFailures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      counters.socketFailed();
      log.debug("{} {}: {}", datagrams.medium(), ctx.channel().localAddress(), cause.getMessage());
    }
  }

  private ChannelHandler codec(InetSocketAddress asked, EventLoop loop) {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    QuicConnectionIdGenerator firstIds = QuicConnectionIdGenerator.signGenerator();
    return QuicSettings.acceptor(datagrams.packetBytesMax(asked), config)
        .sslEngineProvider(this::arrived)
        .tokenHandler(
            new RetryTokens(secret, firstIds, room::isCrowded, this::hasRoom, System::nanoTime))
        .connectionIdAddressGenerator(new AcceptedIds())
        .resetTokenGenerator(QuicResetTokenGenerator.signGenerator())
        .option(QuicChannelOption.SEGMENTED_DATAGRAM_PACKET_ALLOCATOR, datagrams.segments(loop))
        .option(ChannelOption.ALLOCATOR, QuicSettings.allocator())
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

  /// Whether a peer that has proven its address is taken.
  private boolean hasRoom(InetSocketAddress peer) {
    String full = room.full();
    if (full != null) {
      dropped(peer, full);
    }
    return full == null && !room.isClosed();
  }

  /// The first packet of a peer that is taken.
  ///
  /// @return the TLS of its connection; null drops the packet and forgets of it
  private @Nullable QuicSslEngine arrived(QuicChannel channel) {
    try {
      QuicSslEngine tls = contexts.engine(channel.alloc());
      Arrival arrival = new Arrival(channel, room, policy, counters, config, datagrams, handler);
      channel.pipeline().addLast(arrival);
      var _ = channel.closeFuture().addListener(_ -> closeSocketIfOver());
      return tls;
    } catch (SSLException | RuntimeException unusable) {
      dropped(
          channel.remoteSocketAddress(),
          "the credentials of this end cannot be used: " + unusable.getMessage());
      return null;
    }
  }

  private void dropped(@Nullable SocketAddress peer, String reason) {
    if (Objects.equals(peer, lastDropped)) {
      // An attempt is several packets.
      return;
    }
    lastDropped = peer;
    counters.handshakeRefused();
    dropped++;
    long now = System.nanoTime();
    if (now - droppedLoggedNanos >= DROPPED_LOG_NANOS) {
      log.info(
          "{} {} refused {} attempts, the last one of {}: {}",
          datagrams.medium(),
          local,
          dropped,
          peer,
          reason);
      droppedLoggedNanos = now;
      dropped = 0;
    }
  }

  private void closeSocketIfOver() {
    if (room.isClosed()) {
      // After what the last connection still had to send.
      socket
          .eventLoop()
          .execute(
              () -> {
                if (room.isOver()) {
                  var _ = socket.close();
                }
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
          room.close();
          if (room.isOver()) {
            var _ = socket.close();
          }
        };
    if (socket.eventLoop().inEventLoop()) {
      close.run();
    } else if (!socket.eventLoop().isShuttingDown()) {
      socket.eventLoop().submit(close).awaitUninterruptibly();
    }
  }
}

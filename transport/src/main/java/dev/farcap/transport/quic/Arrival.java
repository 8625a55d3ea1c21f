package dev.farcap.transport.quic;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.stream.StreamConnection;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.util.concurrent.ScheduledFuture;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A peer of an acceptor from its first packet on until it is admitted and has opened its stream.
/// Lives on the loop of its connection.
final class Arrival extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Arrival.class);

  private final QuicChannel channel;
  private final Room room;
  private final ConnectionPolicy policy;
  private final TransportCounters counters;
  private final QuicConfig config;
  private final Datagrams datagrams;
  private final Acceptor.AcceptHandler handler;

  /// A connection that is over has none any more.
  private final @Nullable SocketAddress address;

  private @Nullable ScheduledFuture<?> timeout;
  private @Nullable Principal peer;
  private boolean decided;
  private boolean carried;

  Arrival(
      QuicChannel channel,
      Room room,
      ConnectionPolicy policy,
      TransportCounters counters,
      QuicConfig config,
      Datagrams datagrams,
      Acceptor.AcceptHandler handler) {
    this.channel = channel;
    this.room = room;
    this.policy = policy;
    this.counters = counters;
    this.config = config;
    this.datagrams = datagrams;
    this.handler = handler;
    this.address = channel.remoteSocketAddress();
  }

  /// The connection is there: one that the library fails to make takes no room.
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    room.arrived();
    timeout =
        ctx.executor().schedule(this::timedOut, config.handshakeTimeoutMs(), TimeUnit.MILLISECONDS);
    var _ = channel.closeFuture().addListener(_ -> gone());
  }

  private void timedOut() {
    refuse(
        peer == null
            ? "timed out: the peer did not finish the TLS handshake"
            : "timed out: the peer opened no stream");
  }

  private void gone() {
    refuse("the peer closed during handshake");
    room.left();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    try {
      peer = QuicAdmission.admit(channel, policy);
      Strays strays = channel.parent().pipeline().get(Strays.class);
      if (strays != null) {
        strays.expect(channel);
      }
    } catch (ConnectionRefusedException refusal) {
      refuse(String.valueOf(refusal.getMessage()));
    }
  }

  /// A stream of the peer is there.
  void opened(QuicStreamChannel stream) {
    if (peer == null || decided) {
      // One that is refused is about to be closed.
      if (carried) {
        LastWords.close(channel, QuicFailure.MISTAKE);
      }
      return;
    }
    carried = true;
    decide();
    QuicLine line = new QuicLine(channel, stream, datagrams);
    try {
      stream.pipeline().addLast(new Preamble(line, counters));
      line.carry(new StreamConnection(stream, line, peer, counters, handler::accepted));
      counters.connectionOpened();
    } catch (RuntimeException | Error mistake) {
      log.error("no listener for the connection of {}", peer.name(), mistake);
      line.hangUp();
    }
  }

  private void decide() {
    decided = true;
    room.decided();
    if (timeout != null) {
      timeout.cancel(false);
    }
  }

  private void refuse(String reason) {
    if (decided) {
      return;
    }
    decide();
    counters.handshakeRefused();
    log.info(
        "{} {} refused {}: {}",
        datagrams.medium(),
        channel.parent().localAddress(),
        address,
        reason);
    // Not from within the reading of a packet.
    channel
        .parent()
        .eventLoop()
        .execute(
            () -> {
              LastWords.close(channel, QuicFailure.REFUSED);
            });
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

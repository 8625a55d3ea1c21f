package dev.farcap.transport.quic;

import dev.farcap.transport.PathFacts;
import dev.farcap.transport.stream.StreamConnection;
import dev.farcap.transport.stream.StreamLine;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionCloseEvent;
import io.netty.handler.codec.quic.QuicConnectionPathStats;
import io.netty.handler.codec.quic.QuicPathEvent;
import io.netty.handler.codec.quic.QuicStreamChannel;
import io.netty.handler.codec.quic.QuicStreamFrame;
import io.netty.util.concurrent.ScheduledFuture;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An admitted QUIC connection below its one stream. Lives on its loop.
///
/// *The end.* CONNECTION_CLOSE drops whatever the peer has not received yet. So the side that ends
/// only ends its half of the stream, behind what was flushed; the peer, which then has read
/// everything, closes the connection. If the peer does not read it does not see that end: once
/// nothing has come from it for [#QUIET_MS], or after [#QUIETS_MAX] times that, the connection is
/// closed all the same.
///
/// *No room for it.* The library counts CONNECTION_CLOSE among what the congestion window bounds,
/// and forgets the connection whether it was sent or not. So a side that was sending as fast as it
/// could when its peer ended first drops what nobody will read, and closes once what is on its way
/// has arrived. Else the peer would not hear of it, and wait.
final class QuicLine extends ChannelInboundHandlerAdapter implements StreamLine {
  /// As long as TLS waits for the same: what was lost is repeated within it, be the round trip a
  /// second. A peer that is held back hears of the end only then.
  private static final long QUIET_MS = 3_000;

  /// 16 MiB at a slow line; a peer that sends on without reading is not waited for any longer.
  private static final int QUIETS_MAX = 4;

  /// Until what is on its way has arrived and an answer to it, besides two round trips: the peer
  /// may be busy, and answers some packets together.
  private static final long ARRIVAL_MS = 100;

  /// What lasts for a moment only, as where a firewall reads its rules anew, is over by then.
  private static final long REFUSED_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final QuicChannel channel;
  private final QuicStreamChannel stream;
  private final Datagrams datagrams;
  private @Nullable StreamConnection connection;
  private @Nullable Refusal refusal;
  private @Nullable ScheduledFuture<?> linger;
  private boolean isPeerGone;
  private boolean ending;
  private boolean awaitsRoom;

  QuicLine(QuicChannel channel, QuicStreamChannel stream, Datagrams datagrams) {
    this.channel = channel;
    this.stream = stream;
    this.datagrams = datagrams;
  }

  /// Puts the connection that is carried at its place.
  void carry(StreamConnection carried) {
    connection = carried;
    stream.pipeline().addLast(carried);
    channel.pipeline().addLast(this);
  }

  // What the connection asks for.

  @Override
  public String medium() {
    return datagrams.medium();
  }

  @Override
  public boolean isFarewell(Object event) {
    return event == ChannelInputShutdownReadComplete.INSTANCE;
  }

  @Override
  public @Nullable String describe(Throwable failure) {
    // A write into a stream that is already shut says less than the end of the stream will.
    return failure instanceof ClosedChannelException ? null : QuicFailure.describe(failure, null);
  }

  @Override
  public String brokenOff() {
    if (isPeerGone) {
      return "the peer is gone: nothing listens there any more";
    }
    return channel.isTimedOut()
        ? "timed out: nothing came from the peer"
        : "the connection broke off";
  }

  @Override
  public void end() {
    if (!ending) {
      ending = true;
      var _ = stream.writeAndFlush(QuicStreamFrame.EMPTY_FIN);
      linger(packetsReceived(), QUIETS_MAX);
      var _ = channel.closeFuture().addListener(_ -> cancelLinger());
    }
  }

  /// The peer acknowledges what it is sent: as long as it does, there is something to wait for.
  private void linger(long before, int quiets) {
    linger =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  long received = packetsReceived();
                  if (quiets > 1 && received != before) {
                    linger(received, quiets - 1);
                  } else {
                    closeChannel();
                  }
                },
                QUIET_MS,
                TimeUnit.MILLISECONDS);
  }

  private void cancelLinger() {
    if (linger != null) {
      linger.cancel(false);
    }
  }

  @Override
  public void hangUp() {
    ending = true;
    // Not from within the reading of a packet.
    channel.eventLoop().execute(this::closeOnceThereIsRoom);
  }

  private void closeOnceThereIsRoom() {
    if (stream.isWritable()) {
      closeChannel();
    } else if (!awaitsRoom) {
      awaitsRoom = true;
      long nanos = TimeUnit.MILLISECONDS.toNanos(ARRIVAL_MS) + 2 * roundTripNanos();
      var _ = stream.close();
      var _ = channel.eventLoop().schedule(this::closeChannel, nanos, TimeUnit.NANOSECONDS);
    }
  }

  private long roundTripNanos() {
    QuicConnectionPathStats path = activePath();
    return path == null ? 0 : path.rtt();
  }

  /// The peer has sent what it must not.
  void brokenByPeer(String reason) {
    if (connection != null) {
      connection.failed(reason);
    }
    ending = true;
    LastWords.close(channel, QuicFailure.MISTAKE);
  }

  private void closeChannel() {
    LastWords.close(channel, QuicFailure.ENDED);
  }

  @Override
  public @Nullable PathFacts path() {
    QuicConnectionPathStats path = activePath();
    return path == null
        ? null
        : new PathFacts(
            path.rtt(), path.sent(), path.lost(), path.retrans(), Math.toIntExact(path.pmtu()));
  }

  private @Nullable QuicConnectionPathStats activePath() {
    for (int i = 0; i < QuicSettings.PATHS_MAX; i++) {
      QuicConnectionPathStats path = path(i);
      if (path == null || path.active()) {
        return path;
      }
    }
    return null;
  }

  private @Nullable QuicConnectionPathStats path(int number) {
    return channel.collectPathStats(number).getNow();
  }

  private long packetsReceived() {
    QuicConnectionPathStats path = activePath();
    return path == null ? 0 : path.recv();
  }

  /// The system says that nobody listens where a packet went. Anybody may say so who knows both
  /// addresses, and a firewall for a moment. Where it goes on, and nothing is received meanwhile,
  /// it is true.
  ///
  /// @return whether the peer is gone
  boolean refused() {
    long received = packetsReceived();
    if (refusal == null || refusal.received != received) {
      refusal = new Refusal(received, System.nanoTime());
    }
    isPeerGone = System.nanoTime() - refusal.beganNanos >= REFUSED_NANOS;
    return isPeerGone;
  }

  /// @param received packets, when it began
  private record Refusal(long received, long beganNanos) {}

  // What the connection hears.

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof QuicPathEvent.PeerMigrated) {
      moved();
    }
    if (event instanceof QuicConnectionCloseEvent close) {
      if (connection != null) {
        connection.failed(QuicFailure.describe(close));
      }
      // What came before is delivered, even to a listener that is held back.
      stream.config().setAutoRead(true);
      ending = true;
      channel.eventLoop().execute(this::closeChannel);
    }
    ctx.fireUserEventTriggered(event);
  }

  /// Whoever is at its last address can still be told that it must begin anew; from the next one it
  /// would not be heard any more.
  private void moved() {
    if (path(QuicSettings.PATHS_MAX - 1) != null) {
      if (connection != null) {
        connection.failed("the peer has had " + QuicSettings.PATHS_MAX + " addresses, the most");
      }
      hangUp();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (connection != null) {
      connection.failed(QuicFailure.describe(cause, null));
    }
    hangUp();
  }
}

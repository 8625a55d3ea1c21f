package dev.farcap.transport.tls;

import dev.farcap.transport.PathFacts;
import dev.farcap.transport.stream.StreamLine;
import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslClosedEngineException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A TCP connection with TLS on it. What was flushed may still drain for a few seconds after its
/// end.
final class TlsLine implements StreamLine {
  private final Channel channel;

  TlsLine(Channel channel) {
    this.channel = channel;
  }

  @Override
  public String medium() {
    return TlsMedium.NAME;
  }

  @Override
  public boolean isFarewell(Object event) {
    return event instanceof SslCloseCompletionEvent close && close.isSuccess();
  }

  @Override
  public @Nullable String describe(Throwable failure) {
    // A write into a stream that is already shut says less than the end of the stream will.
    return failure instanceof ClosedChannelException || failure instanceof SslClosedEngineException
        ? null
        : TlsFailure.describe(failure);
  }

  @Override
  public String brokenOff() {
    return "the connection broke off";
  }

  @Override
  public void end() {
    var _ = channel.close();
  }

  @Override
  public void hangUp() {
    var _ = channel.close();
  }

  /// What the kernel tells of a TCP connection; it counts no packets.
  @Override
  public @Nullable PathFacts path() {
    if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) {
      return null;
    }
    EpollTcpInfo tcp = socket.tcpInfo();
    return new PathFacts(
        TimeUnit.MICROSECONDS.toNanos(tcp.rtt()), -1, -1, tcp.totalRetrans(), (int) tcp.sndMss());
  }
}

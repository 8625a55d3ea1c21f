package dev.farcap.transport.shm;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.TlsAdmission;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts at one Unix socket. Each connection gets a loop of the group. A socket file that a dead
/// process left is taken over.
final class ShmAcceptor implements Acceptor {
  private static final Logger log = LoggerFactory.getLogger(ShmAcceptor.class);

  /// Connections the kernel completes while the loop is busy.
  private static final int BACKLOG = 1024;

  private final ShmAddress address;
  private final UnixSocketPath path;
  private final Channel server;

  /// @throws IOException if the socket cannot be bound
  ShmAcceptor(
      ShmAddress address,
      EventLoopGroup loops,
      UnixSocketPath.Access access,
      TlsAdmission admission)
      throws IOException {
    this.address = address;
    try {
      this.path = UnixSocketPath.prepare(address.path());
      this.server = bind(loops, admission);
      path.bound(access);
    } catch (IOException failed) {
      throw new IOException(address + ": " + failed.getMessage(), failed);
    }
  }

  private Channel bind(EventLoopGroup loops, TlsAdmission admission) throws IOException {
    if (!ShmMedium.isEpoll(loops)) {
      throw new IOException(ShmMedium.NO_EPOLL);
    }
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerDomainSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    ShmMedium.configure(channel);
                    admission.accept(channel);
                  }
                })
            .bind(new DomainSocketAddress(path.path().toString()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(bound.cause().getMessage(), bound.cause());
    }
    return bound.channel();
  }

  @Override
  public String address() {
    return address.toString();
  }

  @Override
  public void close() {
    server.close().awaitUninterruptibly();
    try {
      path.close();
    } catch (IOException e) {
      log.warn("{}: the socket's file stays: {}", address, e.getMessage());
    }
  }
}

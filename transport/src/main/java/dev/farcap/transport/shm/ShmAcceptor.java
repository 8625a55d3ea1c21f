package dev.farcap.transport.shm;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.EventLoops;
import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.StreamAdmission;
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

  private ShmAcceptor(ShmAddress address, UnixSocketPath path, Channel server) {
    this.address = address;
    this.path = path;
    this.server = server;
  }

  /// @throws IOException if the socket cannot be bound or its mode cannot be set
  static ShmAcceptor open(
      ShmAddress address,
      EventLoopGroup loops,
      UnixSocketPath.Access access,
      StreamAdmission admission)
      throws IOException {
    if (!EventLoops.isEpoll(loops)) {
      throw new IOException(address + ": " + ShmMedium.NO_EPOLL);
    }
    try {
      UnixSocketPath path = UnixSocketPath.prepare(address.path());
      Channel server = bind(path, loops, admission);
      setMode(path, access, server);
      return new ShmAcceptor(address, path, server);
    } catch (IOException failed) {
      throw new IOException(address + ": " + failed.getMessage(), failed);
    }
  }

  private static Channel bind(UnixSocketPath path, EventLoopGroup loops, StreamAdmission admission)
      throws IOException {
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

  private static void setMode(UnixSocketPath path, UnixSocketPath.Access access, Channel server)
      throws IOException {
    try {
      path.bound(access);
    } catch (IOException failed) {
      server.close().awaitUninterruptibly();
      path.close();
      throw failed;
    }
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

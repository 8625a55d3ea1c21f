package dev.farcap.transport.tls;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.HostAddress;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetSocketAddress;

/// Accepts at one TCP address. Each connection gets a loop of the group.
final class TlsAcceptor implements Acceptor {
  /// Connections the kernel completes while the loop is busy.
  private static final int BACKLOG = 1024;

  private final StreamAdmission admission;
  private final Channel server;

  /// @throws IOException if the address cannot be bound
  TlsAcceptor(HostAddress address, EventLoopGroup loops, StreamAdmission admission)
      throws IOException {
    this.admission = admission;
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
                    TlsSockets.configure(channel);
                    admission.accept(channel);
                  }
                })
            .bind(local)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(address + ": " + bound.cause().getMessage(), bound.cause());
    }
    return bound.channel();
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

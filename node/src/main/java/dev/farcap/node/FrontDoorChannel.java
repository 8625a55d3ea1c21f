package dev.farcap.node;

import dev.farcap.services.SessionLabel;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.file.Path;

/// A program's connection to the Unix socket of a client-proxy. Any gRPC library will do instead;
/// this one asks for a label in every call.
///
/// Connects when it is first used. Any thread.
public final class FrontDoorChannel implements AutoCloseable {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("farcap-door", true), EpollIoHandler.newFactory());
  private final ManagedChannel connection;

  /// @param socket of a listener
  public FrontDoorChannel(Path socket) {
    connection =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(loop)
            .overrideAuthority("localhost")
            .usePlaintext()
            .disableRetry()
            .disableServiceConfigLookUp()
            .proxyDetector(_ -> null)
            .build();
  }

  /// A channel whose calls ask for a label.
  ///
  /// @param label below the listener's name; empty for nothing in particular
  public Channel asking(Label label) {
    return ClientInterceptors.intercept(connection, SessionLabel.asking(label));
  }

  @Override
  public void close() {
    connection.shutdownNow();
    var _ = loop.shutdownGracefully();
  }
}

package dev.farcap.proof;

import dev.farcap.services.SessionLabel;
import dev.farcap.session.Label;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// An ordinary gRPC program, connected to the Unix socket of a front door.
final class Program implements AutoCloseable {
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final ManagedChannel channel;

  private Program(Path socket) {
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .eventLoopGroup(loops)
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            // gRPC sets it for TCP; Netty would complain of it at every connection.
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .overrideAuthority("localhost")
            .flowControlWindow(Backend.WINDOW_BYTES)
            .usePlaintext()
            .disableRetry()
            .build();
  }

  static Program at(Path socket) {
    return new Program(socket);
  }

  /// Without a label.
  Channel channel() {
    return channel;
  }

  /// Asks for a label.
  Channel channel(String label) {
    return ClientInterceptors.intercept(channel, SessionLabel.asking(Label.parse(label)));
  }

  /// One unary call that the backend answers by itself.
  Exchange echo(byte[] message) {
    Metadata headers = new Metadata();
    headers.put(Backend.ECHO, "");
    return Exchange.start(
            channel.newCall(
                Kinds.method(MethodType.UNARY),
                CallOptions.DEFAULT.withDeadlineAfter(
                    Until.PATIENCE.toSeconds(), TimeUnit.SECONDS)),
            headers)
        .send(message, 1)
        .halfClose();
  }

  /// Lets calls finish, then ends.
  void drain() {
    channel.shutdown();
    try {
      channel.awaitTermination(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  boolean isDraining() {
    return channel.isShutdown();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}

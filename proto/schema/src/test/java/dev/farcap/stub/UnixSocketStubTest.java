package dev.farcap.stub;

import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/// One half at each end of a Unix socket.
final class UnixSocketStubTest extends StubContract {
  private static final EventLoopGroup LOOP =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());

  private final List<ManagedChannel> channels = new ArrayList<>();
  private int sockets;

  @TempDir private Path folder;

  private DomainSocketAddress address() {
    return new DomainSocketAddress(folder.resolve(sockets + ".sock").toFile());
  }

  @Override
  Server serve(ServerServiceDefinition service) throws Exception {
    sockets++;
    return NettyServerBuilder.forAddress(address())
        .channelType(EpollServerDomainSocketChannel.class)
        .bossEventLoopGroup(LOOP)
        .workerEventLoopGroup(LOOP)
        .addService(service)
        .build()
        .start();
  }

  @Override
  Channel connect() {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address())
            .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
            .eventLoopGroup(LOOP)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    channels.add(channel);
    return channel;
  }

  @Override
  void disconnect() {
    channels.forEach(ManagedChannel::shutdownNow);
  }

  @AfterAll
  static void endLoop() {
    LOOP.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}

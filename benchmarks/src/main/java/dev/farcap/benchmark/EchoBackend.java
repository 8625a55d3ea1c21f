package dev.farcap.benchmark;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollServerSocketChannel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// The program behind every pair of proxies: [Echo] by grpc-java without TLS, on one event loop.
/// Says its port, then serves until its standard input ends.
final class EchoBackend {
  private EchoBackend() {}

  public static void main(String[] arguments) throws IOException {
    EventLoopGroup loop = EventLoops.one();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .channelType(EpollServerSocketChannel.class)
            .directExecutor()
            .addService(Echo.service())
            .build()
            .start();
    System.out.println("ready " + server.getPort());
    while (System.in.read() >= 0) {
      // the parent lives
    }
    System.exit(0);
  }
}

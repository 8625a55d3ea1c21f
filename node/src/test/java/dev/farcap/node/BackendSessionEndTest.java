package dev.farcap.node;

import dev.farcap.report.v1.ReportSession;
import dev.farcap.services.SessionLifecycle;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/// The server is a gRPC server behind a server-proxy, which tells it by `Lifecycle`.
final class BackendSessionEndTest extends SessionEndContract {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private @Nullable Server program;

  @Override
  String backend() {
    return "{grpc: {unix: desks.sock}}";
  }

  @Override
  Node serve(Path file) throws Exception {
    program =
        NettyServerBuilder.forAddress(
                new DomainSocketAddress(folder.resolve("desks.sock").toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(ReportSession.serverPerSession(desks))
            .addService(SessionLifecycle.of(desks::ended))
            .build()
            .start();
    return Node.start(NodeConfig.read(file));
  }

  @AfterEach
  void stopProgram() throws Exception {
    Objects.requireNonNull(program).shutdownNow().awaitTermination();
    var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}

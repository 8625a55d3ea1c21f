package dev.farcap.demo;

import dev.farcap.demo.greeter.GreetReply;
import dev.farcap.demo.greeter.GreetRequest;
import dev.farcap.demo.greeter.GreeterGrpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;

/// A gRPC server and a gRPC client as grpc-java's documentation has them, at Unix sockets. Nothing
/// in here knows of Farcap: the client is given another socket than the server's, that is all.
final class GreeterProgram implements AutoCloseable {
  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Server server;

  /// Starts the server.
  GreeterProgram(Path socket) throws IOException {
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .addService(new Greeter())
            .build()
            .start();
  }

  private static final class Greeter extends GreeterGrpc.GreeterImplBase {
    @Override
    public void greet(GreetRequest request, StreamObserver<GreetReply> reply) {
      reply.onNext(GreetReply.newBuilder().setText("Hello, " + request.getName() + "!").build());
      reply.onCompleted();
    }
  }

  /// A client at a socket.
  final class Client implements AutoCloseable {
    private final ManagedChannel channel;
    private final GreeterGrpc.GreeterBlockingStub greeter;

    Client(Path socket) {
      channel =
          NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
              .channelType(EpollDomainSocketChannel.class, DomainSocketAddress.class)
              .eventLoopGroup(loop)
              .overrideAuthority("localhost")
              .usePlaintext()
              .build();
      greeter = GreeterGrpc.newBlockingStub(channel);
    }

    String greet(String name) {
      return greeter.greet(GreetRequest.newBuilder().setName(name).build()).getText();
    }

    @Override
    public void close() {
      channel.shutdownNow();
    }
  }

  @Override
  public void close() {
    server.shutdownNow();
    var _ = loop.shutdownGracefully();
  }
}

package dev.farcap.proof;

import io.grpc.HandlerRegistry;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An ordinary gRPC server of [Kinds] at a Unix socket, whose behaviour each test chooses. Calls
/// with the header [#ECHO] are answered at once, whatever the test does with the others.
final class Backend implements AutoCloseable {
  static final Metadata.Key<String> ECHO =
      Metadata.Key.of("x-echo", Metadata.ASCII_STRING_MARSHALLER);

  /// Small, so that what is under way is the proxies' and not this library's.
  static final int WINDOW_BYTES = 64 << 10;

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final Path socket;
  private final Server server;
  private volatile ServerCallHandler<byte[], byte[]> behaviour =
      (call, _) -> {
        call.close(Status.UNIMPLEMENTED, new Metadata());
        return new ServerCall.Listener<>() {};
      };

  private Backend(Path socket) throws IOException {
    this.socket = socket;
    server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelType(EpollServerDomainSocketChannel.class)
            // gRPC sets it for TCP; Netty would complain of it at every connection.
            .withChildOption(ChannelOption.SO_KEEPALIVE, null)
            .flowControlWindow(WINDOW_BYTES)
            .fallbackHandlerRegistry(new AnyKind())
            .build()
            .start();
  }

  static Backend at(Path socket) throws IOException {
    return new Backend(socket);
  }

  Path socket() {
    return socket;
  }

  void serve(ServerCallHandler<byte[], byte[]> chosen) {
    behaviour = chosen;
  }

  /// Answers nothing by itself: the test takes each call and does with it what it likes.
  ///
  /// @param asks how many messages of a call to ask for at once
  void keep(Queue<? super Served> calls, int asks) {
    serve(
        (call, headers) -> {
          Served kept = new Served(call, headers, asks);
          calls.add(kept);
          return kept;
        });
  }

  /// Lets calls finish, then ends.
  void drain() {
    server.shutdown();
    try {
      server.awaitTermination();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    close();
  }

  boolean isDraining() {
    return server.isShutdown();
  }

  @Override
  public void close() {
    server.shutdownNow();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private final class AnyKind extends HandlerRegistry {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
        String name, @Nullable String authority) {
      String service = name.substring(0, name.indexOf('/'));
      if (!service.startsWith("proof.")) {
        return null;
      }
      MethodType type = MethodType.valueOf(name.substring(service.length() + 1));
      return ServerMethodDefinition.create(Kinds.method(service, type), this::start);
    }

    private ServerCall.Listener<byte[]> start(ServerCall<byte[], byte[]> call, Metadata headers) {
      return headers.containsKey(ECHO) ? new Echo(call) : behaviour.startCall(call, headers);
    }
  }

  private static final class Echo extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;

    Echo(ServerCall<byte[], byte[]> call) {
      this.call = call;
      call.request(2);
    }

    @Override
    public void onMessage(byte[] message) {
      call.sendHeaders(new Metadata());
      call.sendMessage(message);
      call.close(Status.OK, new Metadata());
    }
  }
}

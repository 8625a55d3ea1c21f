package dev.farcap.link;

import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/// A program, a relay and a server, each with its own gRPC leg over loopback TCP.
final class RelayRig implements AutoCloseable {
  static final long PATIENCE_S = 20;

  // It prints a stack trace for every message that is too long or late.
  private static final Logger GRPC = Logger.getLogger("io.grpc");

  static {
    GRPC.setLevel(Level.OFF);
  }

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Server server;
  private final ManagedChannel toServer;
  private final Server relay;
  private final ManagedChannel toRelay;

  /// @param handler what the server does with each call
  RelayRig(ServerCallHandler<byte[], byte[]> handler) {
    server =
        started(
            NettyServerBuilder.forAddress(loopback())
                .maxInboundMessageSize(Integer.MAX_VALUE)
                .fallbackHandlerRegistry(
                    registry(
                        name -> {
                          MethodType type =
                              MethodType.valueOf(name.substring(name.indexOf('/') + 1));
                          return ServerMethodDefinition.create(method(type), handler);
                        })));
    toServer =
        NettyChannelBuilder.forAddress(address(server))
            .usePlaintext()
            .eventLoopGroup(loop)
            .channelType(NioSocketChannel.class)
            .disableRetry()
            .directExecutor()
            .build();
    Relay handlerOfRelay =
        new Relay(
            toServer, "relay", _ -> {}, () -> toServer.getState(false) == ConnectivityState.READY);
    relay =
        started(
            NettyServerBuilder.forAddress(loopback())
                .bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .channelType(NioServerSocketChannel.class)
                .directExecutor()
                .fallbackHandlerRegistry(
                    registry(
                        name ->
                            ServerMethodDefinition.create(
                                BufferMarshaller.method(name), handlerOfRelay))));
    toRelay =
        NettyChannelBuilder.forAddress(address(relay))
            .usePlaintext()
            .maxInboundMessageSize(Integer.MAX_VALUE)
            .build();
  }

  private static InetSocketAddress loopback() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static InetSocketAddress address(Server server) {
    return (InetSocketAddress) server.getListenSockets().getFirst();
  }

  private static Server started(NettyServerBuilder builder) {
    try {
      return builder.build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface Methods {
    ServerMethodDefinition<?, ?> find(String name);
  }

  private static HandlerRegistry registry(Methods methods) {
    return new HandlerRegistry() {
      @Override
      public ServerMethodDefinition<?, ?> lookupMethod(String name, @Nullable String authority) {
        return methods.find(name);
      }
    };
  }

  static MethodDescriptor<byte[], byte[]> method(MethodType type) {
    return MethodDescriptor.newBuilder(BYTES, BYTES)
        .setFullMethodName("test.Kinds/" + type)
        .setType(type)
        .build();
  }

  Exchange call(MethodType type, CallOptions options) {
    return new Exchange(toRelay.newCall(method(type), options));
  }

  void stopServer() {
    server.shutdownNow();
  }

  @Override
  public void close() {
    toRelay.shutdownNow();
    relay.shutdownNow();
    toServer.shutdownNow();
    server.shutdownNow();
    group.shutdownGracefully(0, PATIENCE_S, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// The program's side of one call, recording what comes back.
  static final class Exchange extends ClientCall.Listener<byte[]> {
    final ClientCall<byte[], byte[]> call;
    final CompletableFuture<Metadata> headers = new CompletableFuture<>();
    final BlockingQueue<byte[]> replies = new LinkedBlockingQueue<>();
    final CompletableFuture<Status> status = new CompletableFuture<>();
    final CompletableFuture<Metadata> trailers = new CompletableFuture<>();
    boolean reading = true;

    Exchange(ClientCall<byte[], byte[]> call) {
      this.call = call;
    }

    Exchange start(Metadata request) {
      call.start(this, request);
      if (reading) {
        call.request(Integer.MAX_VALUE);
      }
      return this;
    }

    Exchange send(byte[] message, int times) {
      for (int i = 0; i < times; i++) {
        call.sendMessage(message);
      }
      call.halfClose();
      return this;
    }

    Status status() throws Exception {
      return status.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    Metadata trailers() throws Exception {
      return trailers.get(PATIENCE_S, TimeUnit.SECONDS);
    }

    @Override
    public void onHeaders(Metadata received) {
      headers.complete(received);
    }

    @Override
    public void onMessage(byte[] message) {
      replies.add(message);
    }

    @Override
    public void onClose(Status received, Metadata last) {
      trailers.complete(last);
      status.complete(received);
    }
  }

  /// A server's side of one call that reads all and answers at the half-close.
  abstract static class Answer extends ServerCall.Listener<byte[]> {
    final ServerCall<byte[], byte[]> call;
    int requests;

    Answer(ServerCall<byte[], byte[]> call) {
      this.call = call;
      call.request(1);
    }

    abstract void answer();

    @Override
    public void onMessage(byte[] message) {
      requests++;
      call.request(1);
    }

    @Override
    public void onHalfClose() {
      answer();
    }
  }

  static final MethodDescriptor.Marshaller<byte[]> BYTES =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };
}

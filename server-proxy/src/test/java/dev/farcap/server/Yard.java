package dev.farcap.server;

import dev.farcap.door.Arrivals;
import dev.farcap.link.BufferMarshaller;
import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.HandlerRegistry;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerMethodDefinition;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// A back door whose session host is called by a gRPC server in place of a link.
final class Yard implements AutoCloseable {
  static final long PATIENCE_S = 20;
  static final String SERVICE = "test.Echo";
  static final Peer PEER =
      new Peer(Identity.parse("farcap://home/host-a"), new KeyId("ab".repeat(32)), Instant.MAX);

  static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(String value) {
          return BufferMarshaller.INSTANCE.stream(
              Unpooled.copiedBuffer(value, StandardCharsets.UTF_8));
        }

        @Override
        public String parse(InputStream stream) {
          ByteBuf message = BufferMarshaller.INSTANCE.parse(stream);
          try {
            return new String(ByteBufUtil.getBytes(message), StandardCharsets.UTF_8);
          } finally {
            message.release();
          }
        }
      };

  final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  final EventLoop loop = group.next();
  final BackDoor backDoor;
  final SessionHost host;
  final ManagedChannel caller;
  private final Server link;

  Yard(Backend backend, BackDoorConfig config, Predicate<String> permitted) throws Exception {
    backDoor = new BackDoor(config, new Arrivals(), loop);
    AcceptedSession session =
        new AcceptedSession(
            SessionRequest.of(SERVICE, Label.of("app1", "config")),
            Label.of("host-a", "app1", "config"),
            PEER,
            "cd".repeat(32),
            permitted);
    var hosting = backDoor.host(session, backend);
    host = loop.submit(() -> hosting.apply(new Control())).get();
    link =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .channelType(EpollServerSocketChannel.class)
            .directExecutor()
            .fallbackHandlerRegistry(new Hosted(host))
            .build()
            .start();
    caller =
        NettyChannelBuilder.forAddress((InetSocketAddress) link.getListenSockets().getFirst())
            .usePlaintext()
            .build();
  }

  Yard(Backend backend) throws Exception {
    this(backend, BackDoorConfig.DEFAULT, _ -> true);
  }

  /// A gRPC server at a Unix socket.
  Server serverAt(Path socket, HandlerRegistry methods) throws IOException {
    return NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group)
        .channelType(EpollServerDomainSocketChannel.class)
        .withChildOption(ChannelOption.SO_KEEPALIVE, null)
        .directExecutor()
        .fallbackHandlerRegistry(methods)
        .build()
        .start();
  }

  static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.newBuilder(TEXT, TEXT)
        .setFullMethodName(SERVICE + "/" + name)
        .setType(type)
        .build();
  }

  String say(String text, Metadata headers) {
    Channel channel =
        ClientInterceptors.intercept(caller, MetadataUtils.newAttachHeadersInterceptor(headers));
    return ClientCalls.blockingUnaryCall(
        channel,
        method("Say", MethodType.UNARY),
        CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_S, TimeUnit.SECONDS),
        text);
  }

  @Override
  public void close() {
    caller.shutdownNow();
    link.shutdownNow();
    backDoor.close();
    group.shutdownGracefully(0, PATIENCE_S, TimeUnit.SECONDS).syncUninterruptibly();
  }

  private static final class Control implements SessionControl {
    @Override
    public String name() {
      return "s1";
    }

    @Override
    public void end(Failure failure) {}
  }

  /// A refusal of the host becomes a method that answers with it, as on a link.
  private static final class Hosted extends HandlerRegistry {
    private final SessionHost host;

    Hosted(SessionHost host) {
      this.host = host;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> lookupMethod(
        String name, @Nullable String authority) {
      try {
        return host.method(name.substring(name.indexOf('/') + 1));
      } catch (StatusRuntimeException refused) {
        Metadata trailers = refused.getTrailers();
        return ServerMethodDefinition.create(
            BufferMarshaller.method(name),
            (call, _) -> {
              call.close(refused.getStatus(), trailers == null ? new Metadata() : trailers);
              return new io.grpc.ServerCall.Listener<>() {};
            });
      }
    }
  }
}

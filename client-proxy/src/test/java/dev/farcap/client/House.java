package dev.farcap.client;

import dev.farcap.discovery.FileSet;
import dev.farcap.door.Arrivals;
import dev.farcap.door.DoorAddress;
import dev.farcap.door.DoorLimits;
import dev.farcap.link.BufferMarshaller;
import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
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
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A front door at a Unix socket, whose sessions lead to a gRPC server over loopback TCP.
final class House implements AutoCloseable {
  static final long PATIENCE_S = 20;
  static final String SERVICE = "test.Echo";

  private static final MethodDescriptor.Marshaller<String> TEXT =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public java.io.InputStream stream(String value) {
          return BufferMarshaller.INSTANCE.stream(
              Unpooled.copiedBuffer(value, StandardCharsets.UTF_8));
        }

        @Override
        public String parse(java.io.InputStream stream) {
          ByteBuf message = BufferMarshaller.INSTANCE.parse(stream);
          try {
            return new String(ByteBufUtil.getBytes(message), StandardCharsets.UTF_8);
          } finally {
            message.release();
          }
        }
      };

  static final MethodDescriptor<String, String> ECHO = echo(SERVICE);
  static final MethodDescriptor<String, String> WAIT =
      ECHO.toBuilder().setFullMethodName(SERVICE + "/Wait").build();

  final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  final EventLoop loop = group.next();
  final Path socket;
  final List<OpenSession> opened = new CopyOnWriteArrayList<>();
  final BlockingQueue<Metadata> seen = new LinkedBlockingQueue<>();
  final ManualTime time = new ManualTime();
  final FrontDoor door;
  private final List<ManagedChannel> programs = new ArrayList<>();
  private final Server server;
  private final ManagedChannel toServer;
  @Nullable StatusRuntimeException refuseOpening;

  House(Path folder) throws IOException {
    this(folder, config -> config, Map.of());
  }

  House(Path folder, UnaryOperator<FrontDoorConfig> change, Map<String, StandIn> standIns)
      throws IOException {
    socket = folder.resolve("app1");
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .channelType(EpollServerSocketChannel.class)
            .directExecutor()
            .addService(
                ServerServiceDefinition.builder(SERVICE)
                    .addMethod(ECHO, this::echo)
                    .addMethod(WAIT, (_, _) -> new ServerCall.Listener<>() {})
                    .build())
            .build()
            .start();
    toServer =
        NettyChannelBuilder.forAddress((InetSocketAddress) server.getListenSockets().getFirst())
            .usePlaintext()
            .eventLoopGroup(loop)
            .channelType(EpollSocketChannel.class)
            .directExecutor()
            .build();
    FrontDoorConfig config = FrontDoorConfig.of("app1", DoorAddress.Unix.own(socket));
    door =
        FrontDoor.open(
            change.apply(config),
            new FrontDoor.Parts(
                this::open,
                new EchoOnly(),
                FileSet.EMPTY,
                standIns,
                _ -> List.of(),
                new Arrivals()),
            loop,
            time);
  }

  /// Nothing but [#SERVICE] can be reached; nothing is known about it.
  private final class EchoOnly implements Reach {
    @Override
    public Set<String> services(Label label) {
      return Set.of(SERVICE);
    }

    @Override
    public Optional<Place> place(SessionRequest request) {
      return Optional.of(new Place("server", true)).filter(_ -> request.service().equals(SERVICE));
    }

    @Override
    public Session open(SessionRequest request) {
      return House.this.open(request);
    }
  }

  static FrontDoorConfig with(FrontDoorConfig base, int connections, int calls, int sessions) {
    DoorLimits limits = new DoorLimits(connections, calls, 1_000, 4 << 20, 16 << 10);
    return new FrontDoorConfig(base.name(), base.address(), limits, sessions, base.idle());
  }

  static FrontDoorConfig at(FrontDoorConfig base, DoorAddress address) {
    return new FrontDoorConfig(
        base.name(), address, base.limits(), base.sessionsPerConnection(), base.idle());
  }

  static FrontDoorConfig idle(FrontDoorConfig base, Duration idle) {
    return new FrontDoorConfig(
        base.name(), base.address(), base.limits(), base.sessionsPerConnection(), idle);
  }

  static MethodDescriptor<String, String> echo(String service) {
    return MethodDescriptor.newBuilder(TEXT, TEXT)
        .setFullMethodName(service + "/Say")
        .setType(MethodType.UNARY)
        .build();
  }

  private ServerCall.Listener<String> echo(ServerCall<String, String> call, Metadata headers) {
    seen.add(headers);
    call.request(1);
    return new ServerCall.Listener<>() {
      @Override
      public void onMessage(String message) {
        call.sendHeaders(new Metadata());
        call.sendMessage(message);
        call.close(Status.OK, new Metadata());
      }
    };
  }

  private Session open(SessionRequest request) {
    if (refuseOpening != null) {
      throw refuseOpening;
    }
    OpenSession session = new OpenSession(request, toServer);
    opened.add(session);
    return session;
  }

  /// A program with a connection of its own.
  ManagedChannel program() {
    ManagedChannel program =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelFactory(EpollDomainSocketChannel::new, DomainSocketAddress.class)
            .withOption(ChannelOption.SO_KEEPALIVE, null)
            .eventLoopGroup(group)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    programs.add(program);
    return program;
  }

  static String say(Channel program, String text, Metadata headers) {
    Channel channel =
        io.grpc.ClientInterceptors.intercept(
            program, MetadataUtils.newAttachHeadersInterceptor(headers));
    return ClientCalls.blockingUnaryCall(
        channel,
        ECHO,
        io.grpc.CallOptions.DEFAULT.withDeadlineAfter(PATIENCE_S, TimeUnit.SECONDS),
        text);
  }

  static String say(Channel program, String text) {
    return say(program, text, new Metadata());
  }

  @Override
  public void close() {
    programs.forEach(ManagedChannel::shutdownNow);
    door.close();
    toServer.shutdownNow();
    server.shutdownNow();
    group.shutdownGracefully(0, PATIENCE_S, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /// A session without a link: open until somebody ends it.
  static final class OpenSession implements Session {
    private final SessionRequest request;
    private final Channel channel;
    private final List<Consumer<Failure>> listeners = new ArrayList<>();
    private volatile State state = State.ACTIVE;
    private volatile @Nullable Failure failure;
    volatile @Nullable CloseReason reason;

    OpenSession(SessionRequest request, Channel channel) {
      this.request = request;
      this.channel = channel;
    }

    @Override
    public SessionRequest request() {
      return request;
    }

    @Override
    public State state() {
      return state;
    }

    @Override
    public Channel channel() {
      return channel;
    }

    @Override
    public @Nullable Failure failure() {
      return failure;
    }

    @Override
    public void submit() {}

    @Override
    public void onClosed(Consumer<Failure> listener) {
      listeners.add(listener);
    }

    @Override
    public void close(CloseReason why) {
      if (reason == null) {
        reason = why;
        end(Failure.notExecuted(Failure.Kind.DISCONNECTED, "closed: " + why));
      }
    }

    void closing() {
      state = State.CLOSING;
    }

    /// On the loop.
    void end(Failure why) {
      failure = why;
      state = State.CLOSED;
      List.copyOf(listeners).forEach(listener -> listener.accept(why));
    }
  }

  /// Time that passes when told to.
  final class ManualTime implements LoopTime {
    private record Task(long atNanos, Runnable task) {}

    private final List<Task> tasks = new ArrayList<>();
    private long now;

    @Override
    public synchronized long nanoTime() {
      return now;
    }

    @Override
    public synchronized void schedule(Runnable task, long delayNanos) {
      tasks.add(new Task(now + delayNanos, task));
    }

    void pass(Duration time) {
      loop.submit(() -> advance(time.toNanos())).syncUninterruptibly();
    }

    private void advance(long nanos) {
      now += nanos;
      List<Task> due = tasks.stream().filter(task -> task.atNanos() <= now).toList();
      tasks.removeAll(due);
      due.forEach(task -> task.task().run());
    }
  }
}

package dev.farcap.server;

import dev.farcap.door.Arrivals;
import dev.farcap.door.ConnectionWindow;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The gRPC leg to one server, for all sessions at it.
///
/// Calls wait for a server that is not up: until their deadline, those without one for the open
/// timeout. While any waits, the server is tried twice a second instead of at gRPC's growing
/// intervals. On the loop only.
final class BackendChannel extends Channel {
  private static final Logger log = LoggerFactory.getLogger(BackendChannel.class);

  private static final long RETRY_MS = 500;
  private static final long NEVER_IDLE_DAYS = 36_500;

  /// One line about an unreachable server is enough for a while.
  private static final long LOG_APART_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Target target;
  private final BackDoorConfig config;
  private final Arrivals arrivals;
  private final EventLoop loop;
  private final ManagedChannel channel;
  private final Lifecycle lifecycle;
  private final BackendAbout about;
  private int waiting;
  private boolean asking;
  private @Nullable Long loggedNanos;

  private BackendChannel(
      Target target,
      BackDoorConfig config,
      Arrivals arrivals,
      EventLoop loop,
      ManagedChannel channel) {
    this.target = target;
    this.config = config;
    this.arrivals = arrivals;
    this.loop = loop;
    this.channel = channel;
    lifecycle = new Lifecycle(this, config.openTimeout());
    about = new BackendAbout(this);
  }

  /// A channel that connects when it is first used.
  ///
  /// @param arrivals of the process
  /// @param overloaded counts calls ended because too much had arrived
  /// @throws IllegalArgumentException if the target's trust cannot be read
  static BackendChannel open(
      Target target,
      BackDoorConfig config,
      Arrivals arrivals,
      LongAdder overloaded,
      EventLoop loop) {
    Supplier<ConnectionWindow> window =
        () -> new ConnectionWindow(arrivals, target, config.messageBytes(), overloaded);
    ManagedChannel channel =
        builder(target, window, loop)
            .eventLoopGroup(loop)
            .flowControlWindow(Arrivals.STREAM_BYTES)
            .maxInboundMessageSize(config.messageBytes())
            .maxInboundMetadataSize(config.metadataBytes())
            .idleTimeout(NEVER_IDLE_DAYS, TimeUnit.DAYS)
            .disableRetry()
            .disableServiceConfigLookUp()
            .proxyDetector(_ -> null)
            .build();
    return new BackendChannel(target, config, arrivals, loop, channel);
  }

  private static NettyChannelBuilder builder(
      Target target, Supplier<ConnectionWindow> window, EventLoop loop) {
    return switch (target) {
      case Target.Unix(Path path) ->
          NettyChannelBuilder.forAddress(new DomainSocketAddress(path.toFile()))
              .channelFactory(
                  () -> guarded(new EpollDomainSocketChannel(), window), DomainSocketAddress.class)
              // gRPC sets it for TCP; Netty would complain of it at every connection.
              .withOption(ChannelOption.SO_KEEPALIVE, null)
              .overrideAuthority("localhost")
              .usePlaintext()
              .directExecutor();
      case Target.Loopback(InetSocketAddress socket) ->
          NettyChannelBuilder.forAddress(socket)
              .channelFactory(() -> guarded(new EpollSocketChannel(), window))
              .usePlaintext()
              .directExecutor();
      // Names are resolved on another thread, which must not run calls.
      case Target.Tls(String host, int port, Path trusted) ->
          NettyChannelBuilder.forAddress(host, port)
              .channelFactory(() -> guarded(new EpollSocketChannel(), window))
              .sslContext(tls(trusted))
              .executor(task -> onLoop(loop, task));
    };
  }

  private static void onLoop(EventLoop loop, Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  private static io.netty.channel.Channel guarded(
      io.netty.channel.Channel socket, Supplier<ConnectionWindow> window) {
    socket.pipeline().addLast(window.get());
    return socket;
  }

  /// @throws IllegalArgumentException naming the file, if it has no certificates
  static SslContext tls(@Nullable Path trusted) {
    SslContextBuilder tls = GrpcSslContexts.forClient();
    try {
      return (trusted == null ? tls : tls.trustManager(trusted.toFile())).build();
    } catch (SSLException | IllegalArgumentException e) {
      Throwable cause = e.getCause();
      String why = cause == null ? e.getMessage() : cause.getMessage();
      throw new IllegalArgumentException(
          trusted + " has no certificates that can be used: " + why, e);
    }
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    Attempt attempt = new Attempt(arrivals);
    CallOptions own = options.withWaitForReady().withStreamTracerFactory(attempt);
    return new BackendCall<>(
        channel.newCall(method, own), method.getFullMethodName(), attempt, this);
  }

  @Override
  public String authority() {
    return channel.authority();
  }

  /// Whether calls find the server connected now.
  boolean isConnected() {
    return channel.getState(false) == ConnectivityState.READY;
  }

  Lifecycle lifecycle() {
    return lifecycle;
  }

  BackendAbout about() {
    return about;
  }

  EventLoop loop() {
    return loop;
  }

  BackDoorConfig config() {
    return config;
  }

  /// A call waits for the server.
  void waits() {
    if (waiting++ == 0) {
      tryAgain();
    }
  }

  /// A call waits no longer.
  void waitsNoLonger() {
    waiting--;
  }

  private void tryAgain() {
    if (waiting > 0) {
      channel.resetConnectBackoff();
      var _ = loop.schedule(this::tryAgain, RETRY_MS, TimeUnit.MILLISECONDS);
    }
  }

  /// A call failed on this leg, not at the server: the peer is told little, so the rest goes here.
  void failed(String method, String reason) {
    warn(method + ": " + reason);
  }

  private void warn(String what) {
    if (mayWarn()) {
      loggedNanos = System.nanoTime();
      log.warn("{}: {}", target, what);
    }
  }

  private boolean mayWarn() {
    return loggedNanos == null || System.nanoTime() - loggedNanos >= LOG_APART_NANOS;
  }

  /// A call has waited for the server in vain. What is wrong gRPC tells only to a call that does
  /// not wait, so such a one asks.
  void unreached() {
    if (asking || !mayWarn() || channel.isShutdown()) {
      return;
    }
    asking = true;
    Attempt attempt = new Attempt(arrivals);
    CallOptions hasty =
        CallOptions.DEFAULT
            .withDeadlineAfter(RETRY_MS, TimeUnit.MILLISECONDS)
            .withStreamTracerFactory(attempt);
    ClientCalls.asyncUnaryCall(
        channel.newCall(HealthGrpc.getCheckMethod(), hasty),
        HealthCheckRequest.getDefaultInstance(),
        new Asked(attempt));
  }

  /// Hears why there is no connection, or that there is one by now.
  private final class Asked implements StreamObserver<HealthCheckResponse> {
    private final Attempt attempt;

    Asked(Attempt attempt) {
      this.attempt = attempt;
    }

    @Override
    public void onNext(HealthCheckResponse health) {}

    @Override
    public void onError(Throwable failure) {
      asking = false;
      if (!attempt.isConnected()) {
        warn("server is not up: " + LegFailure.reason(Status.fromThrowable(failure)));
      }
    }

    @Override
    public void onCompleted() {
      asking = false;
    }
  }

  void close() {
    channel.shutdownNow();
  }
}

package dev.farcap.door;

import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.UnixSocketPath.Access;
import io.grpc.Attributes;
import io.grpc.HandlerRegistry;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerTransportFilter;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A gRPC listener for programs of this host.
///
/// Its connections, its services and the fallback all run on the one event loop it is given: they
/// must not block. Every call carries its [Caller]. Streams may last for ever; a program may probe
/// the connection as often as once a second.
public final class Door implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Door.class);
  private static final long PROBES_APART_MS = 1_000;

  /// From connecting to the end of HTTP/2's preface, which programs send at once.
  private static final long HANDSHAKE_S = 10;

  private static final long END_S = 5;

  private final Setup setup;
  private final EventLoop loop;
  private final Server server;
  private final @Nullable UnixSocketPath socket;
  private final DoorCounters counters;

  /// What a door is made of.
  ///
  /// @param name of the listener; in logs, and what a front door imposes as label element
  /// @param origin who fails a call here: `client-proxy` or `server-proxy`
  /// @param arrivals of the process; of the door's loop
  /// @param health answered by the door
  /// @param services served by the process itself; they learn the label asked for by [AskedLabel]
  /// @param fallback serves every other method; null for none
  /// @param watcher learns of connections that end
  public record Setup(
      String name,
      String origin,
      DoorAddress address,
      DoorLimits limits,
      Arrivals arrivals,
      DoorHealth health,
      List<ServerServiceDefinition> services,
      @Nullable HandlerRegistry fallback,
      Caller.Watcher watcher) {
    /// Copies the list.
    public Setup {
      services = List.copyOf(services);
    }
  }

  private Door(
      Setup setup,
      EventLoop loop,
      Server server,
      @Nullable UnixSocketPath socket,
      DoorCounters counters) {
    this.setup = setup;
    this.loop = loop;
    this.server = server;
    this.socket = socket;
    this.counters = counters;
  }

  /// Opens a door. Blocks until it listens; not to be called on the loop.
  ///
  /// @param loop of an epoll event loop group
  /// @throws IOException with one line that names the address and what is wrong
  public static Door open(Setup setup, EventLoop loop) throws IOException {
    DoorCounters counters = new DoorCounters();
    return switch (setup.address()) {
      case DoorAddress.Unix unix -> {
        UnixSocketPath socket = UnixSocketPath.prepare(unix.path());
        SocketAddress bind = new DomainSocketAddress(socket.path().toFile());
        Server server = start(setup, loop, counters, bind);
        setMode(socket, access(unix.allowedUids()), server);
        yield new Door(setup, loop, server, socket, counters);
      }
      case DoorAddress.Loopback(InetSocketAddress bind) ->
          new Door(setup, loop, start(setup, loop, counters, bind), null, counters);
    };
  }

  private static void setMode(UnixSocketPath socket, Access access, Server server)
      throws IOException {
    try {
      socket.bound(access);
    } catch (IOException failed) {
      server.shutdownNow();
      socket.close();
      throw failed;
    }
  }

  private static Access access(Set<Integer> allowedUids) {
    return allowedUids.equals(Set.of(DoorAddress.Unix.ownUid())) ? Access.OWNER : Access.EVERYONE;
  }

  private static Server start(
      Setup setup, EventLoop loop, DoorCounters counters, SocketAddress bind) throws IOException {
    Admission admission =
        new Admission(setup.name(), setup.address(), setup.limits(), setup.arrivals(), counters);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(bind)
            .channelFactory(() -> listening(bind, admission))
            .bossEventLoopGroup(loop)
            .workerEventLoopGroup(loop)
            .directExecutor()
            .flowControlWindow(Arrivals.STREAM_BYTES)
            .maxConcurrentCallsPerConnection(setup.limits().callsPerConnection())
            .maxInboundMessageSize(setup.limits().messageBytes())
            .maxInboundMetadataSize(setup.limits().metadataBytes())
            .handshakeTimeout(HANDSHAKE_S, TimeUnit.SECONDS)
            .permitKeepAliveTime(PROBES_APART_MS, TimeUnit.MILLISECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addTransportFilter(new Transports(admission, setup.watcher()))
            .intercept(new CallBound(setup.origin(), setup.limits(), setup.arrivals(), counters))
            .addServices(ownServices(setup));
    if (bind instanceof DomainSocketAddress) {
      // gRPC sets it for TCP; Netty would complain of it at every connection.
      builder.withChildOption(ChannelOption.SO_KEEPALIVE, null);
    }
    if (setup.fallback() != null) {
      builder.fallbackHandlerRegistry(setup.fallback());
    }
    try {
      return builder.build().start();
    } catch (IOException e) {
      throw new IOException(
          "door " + setup.name() + ": cannot listen at " + setup.address() + ": " + cause(e), e);
    }
  }

  private static List<ServerServiceDefinition> ownServices(Setup setup) {
    AskedLabel asked = new AskedLabel();
    return Stream.concat(Stream.of(setup.health().bindService()), setup.services().stream())
        .map(service -> ServerInterceptors.intercept(service, asked))
        .toList();
  }

  private static String cause(Throwable failure) {
    return failure.getCause() == null
        ? String.valueOf(failure.getMessage())
        : cause(failure.getCause());
  }

  private static ServerChannel listening(SocketAddress bind, Admission admission) {
    ServerChannel channel =
        bind instanceof DomainSocketAddress
            ? new EpollServerDomainSocketChannel()
            : new EpollServerSocketChannel();
    channel.pipeline().addLast(admission);
    return channel;
  }

  /// Where it listens, with the port that the system chose if 0 was asked.
  public DoorAddress address() {
    return switch (setup.address()) {
      case DoorAddress.Unix unix -> unix;
      case DoorAddress.Loopback asked ->
          server.getListenSockets().stream()
              .map(at -> new DoorAddress.Loopback((InetSocketAddress) at))
              .findFirst()
              .orElse(asked);
    };
  }

  /// What it has done so far.
  public DoorCounters counters() {
    return counters;
  }

  /// The listener's name.
  public String name() {
    return setup.name();
  }

  /// Takes no more connections and calls, tells programs to go elsewhere, waits for calls to end,
  /// then closes. Blocks; not to be called on the loop.
  ///
  /// @param patience after which calls still in flight are cut
  public void drain(Duration patience) {
    loop.execute(setup.health()::draining);
    server.shutdown();
    if (!await(patience.toNanos())) {
      log.warn("{}: {} calls did not end in {}", name(), counters.callsOpen.sum(), patience);
    }
    close();
  }

  /// Closes the door and its connections now. Blocks shortly; not to be called on the loop.
  @Override
  public void close() {
    server.shutdownNow();
    if (!await(TimeUnit.SECONDS.toNanos(END_S))) {
      log.warn("{}: connections did not end in {} s", name(), END_S);
    }
    try {
      if (socket != null) {
        socket.close();
      }
    } catch (IOException e) {
      log.warn("{}: socket file stays: {}", name(), e.getMessage());
    }
  }

  private boolean await(long nanos) {
    try {
      return server.awaitTermination(nanos, TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /// Ties gRPC's view of a connection to its caller.
  private static final class Transports extends ServerTransportFilter {
    private final Admission admission;
    private final Caller.Watcher watcher;

    Transports(Admission admission, Caller.Watcher watcher) {
      this.admission = admission;
      this.watcher = watcher;
    }

    @Override
    public Attributes transportReady(Attributes attributes) {
      Caller caller = admission.present();
      return caller == null
          ? attributes
          : attributes.toBuilder().set(Caller.ATTRIBUTE, caller).build();
    }

    @Override
    public void transportTerminated(@Nullable Attributes attributes) {
      Caller caller = attributes == null ? null : attributes.get(Caller.ATTRIBUTE);
      if (caller != null) {
        watcher.gone(caller);
      }
    }
  }
}

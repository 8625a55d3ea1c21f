package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.fail;

import dev.farcap.link.LinkEndpoint.Route;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.Quota;
import dev.farcap.session.Session;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.Dialer;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// Two endpoints over a real medium, each on a loop of its own: `host-a` dials, `host-b` accepts.
/// Each serves one service to everybody but to label `refused`.
final class LinkPair implements AutoCloseable {
  static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");
  private static final long PATIENCE_S = 20;

  final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  final LinkCounters counters = new LinkCounters();
  final LinkEndpoint a;
  volatile LinkEndpoint b;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private final EventLoop loopOfB = loops.next();
  private final TestMedium medium;
  private final LinkSettings settings;
  private final ServerServiceDefinition service;
  private final Acceptor acceptor;
  private final Dialer dialer;
  private final List<Connection> accepted = new CopyOnWriteArrayList<>();
  private volatile DialledLink dialled;

  LinkPair(TestMedium medium, ServerServiceDefinition service) throws IOException {
    this(medium, LinkSettings.DEFAULT, service, medium.dialer());
  }

  /// @param dialer the medium's, or one around it
  LinkPair(TestMedium medium, LinkSettings settings, ServerServiceDefinition service, Dialer dialer)
      throws IOException {
    this.medium = medium;
    this.settings = settings;
    this.service = service;
    this.dialer = dialer;
    a = endpoint(loops.next());
    b = endpoint(loopOfB);
    acceptor = medium.listen(loopOfB, this::accept);
    dialled = dial(TestMedium.B);
  }

  private LinkEndpoint endpoint(EventLoop loop) {
    return new LinkEndpoint(
        TestMedium.KEY_A,
        loop,
        settings,
        this::decide,
        workers,
        workers,
        InstantSource.system(),
        new SecureRandom(),
        counters);
  }

  private dev.farcap.transport.ConnectionListener accept(Connection connection) {
    accepted.add(connection);
    return b.accept(connection);
  }

  private Decision decide(
      SessionRequest request, dev.farcap.session.Peer peer, byte @Nullable [] token) {
    String name = request.label().elements().isEmpty() ? "" : request.label().last();
    if (name.equals("refused")) {
      return new Decision.Refused(Failure.notExecuted(Failure.Kind.REFUSED, "no grant"));
    }
    return new Decision.Accepted(
        request.label(),
        Quota.DEFAULT,
        FAR,
        _ -> {
          if (name.equals("broken")) {
            throw new IllegalStateException("this host cannot be made");
          }
          return new Serving(service);
        });
  }

  private record Serving(ServerServiceDefinition service) implements SessionHost {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      if (name.equals("Broken")) {
        throw new IllegalStateException("this method cannot be found");
      }
      return service.getMethod(service.getServiceDescriptor().getName() + "/" + name);
    }
  }

  // ---- what tests do --------------------------------------------------------------------------

  /// Dials one link more.
  DialledLink dial(Identity expected) {
    return a.dial(expected, List.of(new Route(acceptor.address(), dialer)));
  }

  /// The link that `host-a` keeps.
  Link link() {
    return dialled.link();
  }

  DialledLink dialled() {
    return dialled;
  }

  /// Drains the link and dials another one in its place.
  void replaceLink() {
    dialled.drain("replaced");
    dialled = dial(TestMedium.B);
  }

  Session open() {
    return open("app");
  }

  Session open(String label) {
    return link()
        .open(
            SessionRequest.of(service.getServiceDescriptor().getName(), Label.of(label)),
            null,
            false);
  }

  /// Connections that `host-b` has taken since the last cut.
  int connections() {
    return accepted.size();
  }

  /// Breaks every connection.
  void cut() {
    accepted.forEach(connection -> connection.eventLoop().execute(() -> connection.close("cut")));
    accepted.clear();
  }

  /// `host-b` forgets everything and begins a new run.
  void restart() {
    LinkEndpoint former = b;
    b = endpoint(loopOfB);
    cut();
    former.close("restart");
  }

  static void await(String what, BooleanSupplier condition) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_S);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > until) {
        fail("not within " + PATIENCE_S + " s: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() {
    a.close("test over");
    b.close("test over");
    acceptor.close();
    medium.close();
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    workers.shutdown();
  }
}

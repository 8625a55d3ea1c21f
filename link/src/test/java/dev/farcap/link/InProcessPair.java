package dev.farcap.link;

import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Peer;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.Principal;
import dev.farcap.transport.inprocess.InProcessNetwork;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Two endpoints in one process, each on a loop of its own, joined by an in-process connection that
/// tests may cut: `host-a` dials, `host-b` accepts and hosts what it is given.
final class InProcessPair implements AutoCloseable {
  static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");
  static final Identity A = Identity.parse("farcap://lab/host-a");
  static final Identity B = Identity.parse("farcap://lab/host-b");
  static final KeyId KEY_A = new KeyId("aa".repeat(KeyId.BYTES));
  static final KeyId KEY_B = new KeyId("bb".repeat(KeyId.BYTES));

  final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  final LinkEndpoint a;
  final LinkEndpoint b;
  final Link link;
  private final DialledLink dialled;
  private final Acceptor acceptor;
  private final List<Connection> accepted = new CopyOnWriteArrayList<>();

  InProcessPair(ServerServiceDefinition... hosted) throws Exception {
    InProcessNetwork network = new InProcessNetwork();
    a = endpoint(KEY_A, new Hosting(List.of()));
    b = endpoint(KEY_B, new Hosting(List.of(hosted)));
    acceptor =
        network.listen(
            "inprocess://b",
            new Principal(B.toString(), KEY_B.hex(), FAR),
            b.loop(),
            connection -> {
              accepted.add(connection);
              return b.accept(connection);
            });
    dialled =
        a.dial(
            B,
            List.of(
                new LinkEndpoint.Route(
                    "inprocess://b",
                    network.dialer(new Principal(A.toString(), KEY_A.hex(), FAR)))));
    link = dialled.link();
  }

  private LinkEndpoint endpoint(KeyId key, SessionGate gate) {
    return new LinkEndpoint(
        key,
        loops.next(),
        LinkSettings.DEFAULT,
        gate,
        workers,
        workers,
        InstantSource.system(),
        new SecureRandom(),
        new LinkCounters());
  }

  /// Breaks the connection; the link comes back by itself.
  void cut() {
    accepted.forEach(connection -> connection.eventLoop().execute(() -> connection.close("cut")));
    accepted.clear();
  }

  @Override
  public void close() {
    dialled.close("test over");
    b.close("test over");
    acceptor.close();
    workers.shutdown();
    var _ = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  /// Lets everybody in to the services given.
  private record Hosting(List<ServerServiceDefinition> hosted) implements SessionGate {
    @Override
    public Decision decide(SessionRequest request, Peer peer, byte @Nullable [] token) {
      for (ServerServiceDefinition service : hosted) {
        if (service.getServiceDescriptor().getName().equals(request.service())) {
          return new Decision.Accepted(
              request.label().prepend(peer.identity().path()),
              Quota.DEFAULT,
              FAR,
              _ -> new Serving(service));
        }
      }
      return new Decision.Refused(
          Failure.notExecuted(Failure.Kind.REFUSED, "nobody serves " + request.service()));
    }
  }

  private record Serving(ServerServiceDefinition service) implements SessionHost {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      return service.getMethod(service.getServiceDescriptor().getName() + "/" + name);
    }
  }
}

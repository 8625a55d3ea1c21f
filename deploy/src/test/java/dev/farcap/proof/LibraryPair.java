package dev.farcap.proof;

import dev.farcap.client.FrontDoor;
import dev.farcap.client.FrontDoorConfig;
import dev.farcap.client.Reach;
import dev.farcap.discovery.FileSet;
import dev.farcap.door.Arrivals;
import dev.farcap.door.DoorAddress;
import dev.farcap.link.DialledLink;
import dev.farcap.link.Link;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.server.AcceptedSession;
import dev.farcap.server.BackDoor;
import dev.farcap.server.BackDoorConfig;
import dev.farcap.server.Backend.Grpc;
import dev.farcap.server.Target;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.Quota;
import dev.farcap.session.Session;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Medium;
import dev.farcap.transport.Principal;
import dev.farcap.transport.inprocess.InProcessNetwork;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Both proxies' parts in this process, each on an event loop of its own, without rules and grants:
/// whatever the program asks goes to the backend.
final class LibraryPair implements Pair {
  private static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");
  private static final KeyId KEY_A = new KeyId("aa".repeat(KeyId.BYTES));
  private static final KeyId KEY_B = new KeyId("bb".repeat(KeyId.BYTES));

  private final Path socket;
  private final EventLoopGroup near = loop();
  private final EventLoopGroup far = loop();
  private final ExecutorService decisions = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Connection> accepted = ConcurrentHashMap.newKeySet();
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final LinkEndpoint client;
  private final LinkEndpoint server;

  private LibraryPair(Path folder, Path backend) {
    socket = folder.resolve("app.sock");
    BackDoor backDoor = owned(new BackDoor(BackDoorConfig.DEFAULT, new Arrivals(), far.next()));
    client = endpoint(KEY_A, near, refusing());
    server = endpoint(KEY_B, far, gate(backDoor, new Grpc(new Target.Unix(backend))));
  }

  /// Joined without any network.
  static LibraryPair inProcess(Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend);
    InProcessNetwork network = new InProcessNetwork();
    pair.owned(
        network.listen(
            "inprocess://b",
            new Principal(LabRealm.HOST_B.toString(), KEY_B.hex(), FAR),
            pair.far.next(),
            pair::accept));
    pair.open(
        new LinkEndpoint.Route(
            "inprocess://b",
            network.dialer(new Principal(LabRealm.HOST_A.toString(), KEY_A.hex(), FAR))));
    return pair;
  }

  /// Joined by mutual TLS over loopback, with a wire that can be cut.
  static LibraryPair tls(Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend);
    LabRealm realm = LabRealm.make(folder);
    String address = pair.listen(LabMedium.TLS, realm);
    String port = address.substring(address.lastIndexOf(':') + 1);
    Wire wire = pair.owned(Wire.to(Integer.parseInt(port)));
    pair.dial(LabMedium.TLS, realm, "tls://127.0.0.1:" + wire.port());
    return pair;
  }

  /// Joined by a medium of this host.
  static LibraryPair over(LabMedium medium, Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend);
    LabRealm realm = LabRealm.make(folder);
    pair.dial(medium, realm, pair.listen(medium, realm));
    return pair;
  }

  private String listen(LabMedium kind, LabRealm realm) throws Exception {
    Path credentials = realm.issue("host-b").folder();
    Medium medium = owned(kind.of(credentials));
    return owned(medium.listen(kind.address(credentials), far, this::accept)).address();
  }

  private void dial(LabMedium kind, LabRealm realm, String address) throws Exception {
    open(new LinkEndpoint.Route(address, owned(kind.of(realm.issue("host-a").folder()))));
  }

  private static EventLoopGroup loop() {
    return new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  private LinkEndpoint endpoint(KeyId key, EventLoopGroup loop, SessionGate gate) {
    return new LinkEndpoint(
        key,
        loop.next(),
        LinkSettings.DEFAULT,
        gate,
        decisions,
        null,
        InstantSource.system(),
        new SecureRandom(),
        new LinkCounters());
  }

  private static SessionGate refusing() {
    return (request, peer, _) -> {
      throw new AssertionError(peer + " opened " + request);
    };
  }

  private static SessionGate gate(BackDoor door, Grpc backend) {
    return (request, peer, _) -> {
      Label effective = request.label().prepend(peer.identity().path());
      return new SessionGate.Decision.Accepted(
          effective,
          Quota.DEFAULT,
          FAR,
          door.host(new AcceptedSession(request, effective, peer, "", _ -> true), backend));
    };
  }

  private ConnectionListener accept(Connection connection) {
    accepted.add(connection);
    return server.accept(connection);
  }

  private void open(LinkEndpoint.Route route) throws Exception {
    DialledLink link = client.dial(LabRealm.HOST_B, List.of(route));
    owned(
        FrontDoor.open(
            FrontDoorConfig.of("app", DoorAddress.Unix.own(socket)),
            new FrontDoor.Parts(
                request -> link.link().open(request, null, false),
                new Everything(link.link()),
                FileSet.EMPTY,
                Map.of(),
                _ -> List.of(),
                new Arrivals()),
            near.next()));
  }

  /// Every service is at the other end of the link.
  private record Everything(Link link) implements Reach {
    @Override
    public Set<String> services(Label label) {
      return Set.of();
    }

    @Override
    public Optional<Place> place(SessionRequest request) {
      return Optional.of(new Place("host-b", link.isUp()));
    }

    @Override
    public Session open(SessionRequest request) {
      return link.open(request, null, true);
    }
  }

  private static void close(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private <T extends AutoCloseable> T owned(T resource) {
    owned.push(resource);
    return resource;
  }

  @Override
  public Path socket() {
    return socket;
  }

  @Override
  public int cut() {
    for (AutoCloseable resource : owned) {
      if (resource instanceof Wire wire) {
        return wire.cut();
      }
    }
    List<Connection> present = List.copyOf(accepted);
    accepted.clear();
    present.forEach(connection -> connection.eventLoop().execute(() -> connection.close("cut")));
    return present.size();
  }

  @Override
  public void loseServerProxy() {
    server.links().forEach(link -> link.close("lost"));
  }

  @Override
  public void close() {
    client.close("the test is over");
    server.close("the test is over");
    owned.forEach(LibraryPair::close);
    decisions.shutdown();
    near.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    far.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
  }
}

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
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Medium;
import dev.farcap.transport.Principal;
import dev.farcap.transport.faulty.DatagramFaults;
import dev.farcap.transport.faulty.FaultyDatagrams;
import dev.farcap.transport.faulty.FaultyLine;
import dev.farcap.transport.inprocess.InProcessNetwork;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicDatagrams;
import dev.farcap.transport.quic.Datagrams;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.UdpDatagrams;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
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
import java.util.function.Consumer;

/// Both proxies' parts in this process, each on an event loop of its own, without rules and grants:
/// whatever the program asks goes to the backend.
final class LibraryPair implements Pair {
  private static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");

  /// Of links whose wire falls silent: that is noticed within a second.
  private static final Duration QUICK_PING = Duration.ofMillis(250);

  private static final KeyId KEY_A = new KeyId("aa".repeat(KeyId.BYTES));
  private static final KeyId KEY_B = new KeyId("bb".repeat(KeyId.BYTES));

  private final Path socket;
  private final EventLoopGroup near = loop();
  private final EventLoopGroup far = loop();
  private final ExecutorService decisions = Executors.newVirtualThreadPerTaskExecutor();
  private final Set<Connection> accepted = ConcurrentHashMap.newKeySet();
  private final Deque<AutoCloseable> owned = new ArrayDeque<>();
  private final LinkSettings settings;
  private final LinkEndpoint client;
  private final LinkEndpoint server;
  private Consumer<List<Connection>> cutter = LibraryPair::sayFarewell;

  private LibraryPair(Path folder, Path backend, LinkSettings settings) {
    this.settings = settings;
    socket = folder.resolve("app.sock");
    BackDoor backDoor = owned(new BackDoor(BackDoorConfig.DEFAULT, new Arrivals(), far.next()));
    client = endpoint(KEY_A, near, refusing());
    server = endpoint(KEY_B, far, gate(backDoor, new Grpc(new Target.Unix(backend))));
  }

  /// Joined without any network. Cut by a farewell.
  static LibraryPair inProcess(Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend, LinkSettings.DEFAULT);
    InProcessNetwork network = new InProcessNetwork();
    pair.owned(
        network.listen(
            "inprocess://b",
            new Principal(LabRealm.HOST_B.toString(), KEY_B.hex(), FAR),
            pair.far.next(),
            pair::accept));
    pair.open(
        "inprocess://b",
        network.dialer(new Principal(LabRealm.HOST_A.toString(), KEY_A.hex(), FAR)));
    return pair;
  }

  /// Joined by mutual TLS over loopback. Cut by a reset of the wire.
  static LibraryPair tls(Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend, LinkSettings.DEFAULT);
    LabRealm realm = LabRealm.make(folder);
    String address =
        pair.listen(LabMedium.TLS.of(realm.issue("host-b").folder()), "tls://127.0.0.1:0");
    String port = address.substring(address.lastIndexOf(':') + 1);
    Wire wire = pair.owned(Wire.to(Integer.parseInt(port)));
    pair.cutter = _ -> wire.cut();
    pair.open(
        "tls://127.0.0.1:" + wire.port(),
        pair.owned(LabMedium.TLS.of(realm.issue("host-a").folder())));
    return pair;
  }

  /// Joined by QUIC over loopback. Cut by silence.
  static LibraryPair quic(Path folder, Path backend) throws Exception {
    return quic(folder, backend, QuicConfig.DEFAULT, QUICK_PING);
  }

  /// Likewise, with limits of its own at both ends.
  static LibraryPair quic(Path folder, Path backend, QuicConfig config, Duration pingInterval)
      throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend, pingingEvery(pingInterval));
    LabRealm realm = LabRealm.make(folder);
    Path far = realm.issue("host-b").folder();
    String address =
        pair.listen(LabMedium.quic(far, config, new UdpDatagrams()), "quic://127.0.0.1:0");
    pair.dial(realm, config, new UdpDatagrams(), address);
    return pair;
  }

  /// Joined by Ethernet without IP. Cut by silence.
  static LibraryPair ethernet(Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend, pingingEvery(QUICK_PING));
    EthernetWire wire = pair.owned(EthernetWire.lay());
    LabRealm realm = LabRealm.make(folder);
    pair.listen(LabMedium.NIC.of(realm.issue("host-b").folder()), wire.listening());
    pair.dial(realm, QuicConfig.DEFAULT, new NicDatagrams(new NicCounters()), wire.dialled());
    return pair;
  }

  /// Dials over packets that can be lost for good.
  private void dial(LabRealm realm, QuicConfig config, Datagrams sound, String address)
      throws Exception {
    FaultyDatagrams datagrams = new FaultyDatagrams(sound, DatagramFaults.NONE, 0);
    cutter = _ -> datagrams.cut();
    open(address, owned(LabMedium.quic(realm.issue("host-a").folder(), config, datagrams)));
  }

  /// Joined by memory of this host. Cut at the dialler's side only: the other one is not told, and
  /// keeps what it takes for a connection.
  static LibraryPair sharedMemory(Path folder, Path backend) throws Exception {
    LibraryPair pair = new LibraryPair(folder, backend, LinkSettings.DEFAULT);
    LabRealm realm = LabRealm.make(folder);
    String address =
        pair.listen(
            LabMedium.SHM.of(realm.issue("host-b").folder()), "shm://" + folder.resolve("link"));
    Medium near = pair.owned(LabMedium.SHM.of(realm.issue("host-a").folder()));
    FaultyLine line = pair.owned(new FaultyLine(0));
    pair.cutter = _ -> line.cutHere();
    pair.open(address, line.dialer(near));
    return pair;
  }

  private String listen(Medium medium, String address) throws Exception {
    return owned(owned(medium).listen(address, far, this::accept)).address();
  }

  private static LinkSettings pingingEvery(Duration interval) {
    LinkSettings usual = LinkSettings.DEFAULT;
    return new LinkSettings(
        usual.limits(),
        usual.resumeWindow(),
        interval,
        usual.openTimeout(),
        usual.rerouteGrace(),
        usual.drainTimeout());
  }

  private static EventLoopGroup loop() {
    return new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  private LinkEndpoint endpoint(KeyId key, EventLoopGroup loop, SessionGate gate) {
    return new LinkEndpoint(
        key,
        loop.next(),
        settings,
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

  private void open(String address, Dialer dialer) throws Exception {
    DialledLink link =
        client.dial(LabRealm.HOST_B, List.of(new LinkEndpoint.Route(address, dialer)));
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

  /// Connections the link has had since it was cut.
  int connections() {
    return accepted.size();
  }

  @Override
  public int cut() {
    List<Connection> present = List.copyOf(accepted);
    accepted.clear();
    cutter.accept(present);
    return present.size();
  }

  private static void sayFarewell(List<Connection> connections) {
    connections.forEach(
        connection -> connection.eventLoop().execute(() -> connection.close("cut")));
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

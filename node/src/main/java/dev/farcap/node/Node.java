package dev.farcap.node;

import dev.farcap.ca.CaException;
import dev.farcap.config.ConfigException;
import dev.farcap.door.Arrivals;
import dev.farcap.link.Link;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.node.NodeConfigReader.Use;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.server.BackDoor;
import dev.farcap.server.BackDoorConfig;
import dev.farcap.server.Gatekeeper;
import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import dev.farcap.session.Peer;
import dev.farcap.session.Session;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SignalPort;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running node: a process of its own, as `farcap run` starts it, or a part of a program.
///
/// A program opens sessions at other hosts without any proxy process on its own:
///
/// ```java
/// try (Node node = Node.client(Path.of("host-a.yaml"));
///     Session session = node.open("acme.Greeter", Label.of("hall"))) {
///   GreeterGrpc.newBlockingStub(session.channel()).hello(request);
/// }
/// ```
///
/// and serves them, behind the same gate and policies as a server-proxy:
///
/// ```java
/// try (Node node =
///     Node.server(
///         Path.of("host-b.yaml"), Map.of("greeter", HostedService.of(new Greeter())))) {
///   …
/// }
/// ```
///
/// Either end may as well be a proxy: they speak the same link. Files that it was made from are
/// looked at every second: grants, credentials and the backends and policies of a server are taken
/// over when they change, the directory by itself.
///
/// **Threads.** Any thread may call. A node has an event loop and a few more threads of its own,
/// all daemons. Hosted services, and listeners of calls that name no executor, run on virtual
/// threads and may block; listeners of a session's end and handlers of signals run on the loop and
/// must not.
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final long LOOK_MS = 1_000;
  private static final long DRAIN_LOOK_NANOS = 20_000_000;

  private final Instant started;
  private final InstantSource clock;
  private final Trust trust;
  private final Loops loops;
  private final Media media;
  private final Acceptors acceptors;
  private final LinkEndpoint endpoint;
  private final NodeCounters counters;
  private final Backends backends;
  private final HostedSessions hostedSessions;
  private final Arrivals arrivals;
  private final BackDoor backDoor;
  private final @Nullable ClientProxy client;
  private final @Nullable ServerProxy server;
  private final List<FileWatch> watches = new ArrayList<>();
  private final Bounds bounds = new Bounds();
  private @Nullable StatusServer status;
  private volatile @Nullable Presence presence;
  private volatile NodeConfig config;
  private final AtomicBoolean draining = new AtomicBoolean();
  private volatile boolean ready;

  /// What is counted by the parts that both roles share.
  ///
  /// @param media by their names
  /// @param nicFrames below one of them
  record NodeCounters(
      LinkCounters links, Map<String, TransportCounters> media, NicCounters nicFrames) {}

  /// Starts a node for a program that opens sessions itself, and returns when all that it listens
  /// at is open. Links may still be on their way: calls wait for them.
  ///
  /// @param file with a section `client` that names the `program`
  /// @throws dev.farcap.config.ConfigException with every problem of all files
  /// @throws NodeException if it cannot be started; then nothing is left running
  public static Node client(Path file) throws NodeException {
    return start(NodeConfigReader.read(file, new Use(true, null)));
  }

  /// Starts a node for a program that serves sessions itself, and returns when it takes links.
  ///
  /// @param file with a section `server` that has a backend `{hosted: SERVICE}` for each service
  /// @param hosted the services, by the name of their backend
  /// @throws dev.farcap.config.ConfigException with every problem of all files
  /// @throws NodeException if it cannot be started; then nothing is left running
  public static Node server(Path file, Map<String, HostedService> hosted) throws NodeException {
    return start(NodeConfigReader.read(file, new Use(false, hosted.keySet())), hosted);
  }

  /// Starts what a configuration says and returns when all listeners are open. Links may still be
  /// on their way.
  ///
  /// @throws NodeException if it cannot; then nothing is left running
  public static Node start(NodeConfig config) throws NodeException {
    return start(config, Map.of());
  }

  /// Starts what a configuration says, likewise, in a program that hosts services.
  ///
  /// @param hosted the services, by the name of their backend
  /// @throws NodeException if it cannot; then nothing is left running
  /// @throws dev.farcap.config.ConfigException if its directory is broken
  public static Node start(NodeConfig config, Map<String, HostedService> hosted)
      throws NodeException {
    return start(config, hosted, InstantSource.system());
  }

  private static Node start(
      NodeConfig config, Map<String, HostedService> hosted, InstantSource clock)
      throws NodeException {
    Trust trust;
    try {
      trust = Trust.load(config, clock);
    } catch (CaException e) {
      throw new NodeException(config.name() + ": " + e.getMessage(), e);
    }
    EffectiveConfig.of(config, trust).forEach(line -> LOG.info("{}", line));
    checkDirectories(config);
    Node node = new Node(config, hosted, trust, clock);
    try {
      node.open();
      return node;
    } catch (IOException e) {
      node.end();
      throw new NodeException(config.name() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      node.end();
      throw e;
    }
  }

  /// Before anything is started.
  private static void checkDirectories(NodeConfig config) throws NodeException {
    try {
      if (config.client() != null) {
        switch (config.client().directory()) {
          case DirectoryConfig.File(Path file) -> {
            var _ = NodeConfig.readDirectory(file);
          }
          case DirectoryConfig.Consul(ConsulConfig consul) -> consul.check();
        }
      }
      if (config.server() != null && config.server().directory() != null) {
        config.server().directory().consul().check();
      }
    } catch (ConsulFailure e) {
      throw new NodeException(config.name() + ": " + e.getMessage(), e);
    }
  }

  // ---- wiring

  private Node(
      NodeConfig config, Map<String, HostedService> hosted, Trust trust, InstantSource clock) {
    this.config = config;
    this.trust = trust;
    this.clock = clock;
    started = clock.instant();
    SecureRandom random = new SecureRandom();
    loops = new Loops();
    media = new Media(trust, config.link().pingInterval(), config.shm());
    counters = new NodeCounters(new LinkCounters(), media.counters(), media.nicFrames());
    arrivals = new Arrivals();
    backDoor = new BackDoor(BackDoorConfig.DEFAULT, arrivals, loops.main());
    ServerProxy.Exports exports = new ServerProxy.Exports();
    SessionGate gate =
        config.server() == null
            ? (request, peer, token) -> servesNothing()
            : new Gatekeeper(
                trust.identity(),
                trust::bundle,
                exports::policies,
                backDoor,
                clock,
                System::nanoTime,
                random);
    Audit audit = new Audit();
    hostedSessions = new HostedSessions(gate, audit);
    endpoint =
        new LinkEndpoint(
            trust.holderKey(),
            loops.main(),
            config.link(),
            hostedSessions,
            loops.decisions(),
            null,
            clock,
            random,
            counters.links());
    acceptors = new Acceptors(media, loops.group(), endpoint);
    backends =
        new Backends(
            config.state(),
            endpoint.signals(request -> ServerProxy.peer(request, trust.identity().realm())),
            loops.files(),
            clock,
            hosted,
            loops.programs());
    server = config.server() == null ? null : new ServerProxy(exports, hostedSessions, backends);
    client =
        config.client() == null
            ? null
            : new ClientProxy(
                config.client(),
                trust,
                config.state(),
                endpoint,
                media,
                arrivals,
                loops,
                clock,
                random,
                audit);
  }

  private void open() throws IOException {
    if (server != null) {
      ServerConfig serverConfig = Objects.requireNonNull(config.server());
      server.start(serverConfig, endpoint, media, arrivals, loops, trust.identity().realm());
      acceptors.listen(serverConfig.listen());
      if (serverConfig.directory() != null) {
        presence = present(serverConfig.directory());
      }
    }
    if (client != null) {
      acceptors.listen(client.config().listen());
      client.start();
      watches.add(new FileWatch(client.config().grants(), client::reloadGrants));
      client.doors().forEach(door -> LOG.info("programs connect to {}", door.address()));
    }
    if (!addresses().isEmpty()) {
      LOG.info("links are accepted at {}", String.join(", ", addresses()));
    }
    if (config.file() != null) {
      watches.add(new FileWatch(config.file(), this::reloadConfiguration));
    }
    watches.add(new FileWatch(config.identity(), trust::reload));
    watchBounds();
    var _ =
        loops
            .housekeeping()
            .scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    if (config.statusPort().isPresent()) {
      status = StatusServer.open(config.statusPort().getAsInt(), this);
      LOG.info("status at http://127.0.0.1:{}/", status.address().getPort());
    }
    ready = true;
    LOG.info("{} {} is ready", config.role(), trust.identity());
  }

  private Presence present(AnnounceConfig announced) throws ConsulFailure {
    // Two directories in one state folder would disagree.
    boolean follows =
        config.client() != null && config.client().directory() instanceof DirectoryConfig.Consul;
    return Presence.open(
        announced, trust, acceptors.addresses(), follows ? null : config.state(), clock);
  }

  private void watchBounds() {
    bounds.watch(counters.links());
    if (client != null) {
      for (int i = 0; i < client.doors().size(); i++) {
        bounds.watch(client.config().listeners().get(i).door().name(), client.doors().get(i));
      }
    }
    if (server != null) {
      bounds.watch(backDoor);
      bounds.watch(server.local());
    }
  }

  private static Decision servesNothing() {
    return new Decision.Refused(
        Failure.notExecuted(Failure.Kind.REFUSED, "this proxy serves no sessions"));
  }

  // ---- for the program it lives in

  /// Opens a session. Never blocks: it may be used at once, its calls wait for the link and for the
  /// server's answer; one that the server refuses ends with the reason, and so do its calls.
  ///
  /// @param service full gRPC service name, or `ROM`, `LOG` and the like
  /// @param label what is asked for, without the program's name; may be empty
  /// @return to be closed by the caller
  /// @throws StatusRuntimeException if it is refused here and now: no route, no grant, a bound, or
  ///   the node is closed; with the trailers of [Failure#trailers(String)]
  /// @throws IllegalArgumentException if the service is none, or the label full
  /// @throws IllegalStateException if the configuration names no program
  public Session open(String service, Label label) {
    ClientProxy opening = opening();
    if (draining.get()) {
      throw Failure.notExecuted(Failure.Kind.DISCONNECTED, "the node is closed")
          .exception(RoutedSessions.ORIGIN);
    }
    return opening.open(service, label);
  }

  /// Signals of the program's sessions: contexts to pass in them, and means to raise what came in
  /// them. For a context name the session by its [Session#request()].
  ///
  /// @throws IllegalStateException if the configuration has no section `client`
  public SignalPort signals() {
    return opening().signals();
  }

  private ClientProxy opening() {
    if (client == null) {
      throw new IllegalStateException("the configuration has no section 'client'");
    }
    return client;
  }

  /// Where links are accepted, with the ports that the system chose; empty if none are.
  public List<String> addresses() {
    return acceptors.addresses();
  }

  // ---- while it runs

  private void look() {
    watches.forEach(FileWatch::poll);
    bounds.look();
    Instant now = clock.instant();
    for (Link link : endpoint.links()) {
      Peer peer = link.peer();
      if (peer != null && !now.isBefore(peer.certificateExpires()) && link.isUp()) {
        link.close("the certificate of " + peer.identity() + " has expired");
      }
    }
  }

  /// Reads everything again that can change while it runs. Problems are logged, and what they
  /// concern stays as it is.
  ///
  /// @return when all of it has been read
  public CompletableFuture<Void> reload() {
    return CompletableFuture.runAsync(this::readAgain, loops.housekeeping());
  }

  private void readAgain() {
    LOG.info("reloading");
    trust.reload();
    reloadConfiguration();
    if (client != null) {
      client.reloadDirectory();
      client.reloadGrants();
    }
  }

  private void reloadConfiguration() {
    Path file = config.file();
    if (file == null) {
      return;
    }
    try {
      NodeConfig read = NodeConfig.read(file);
      List<String> fixed = new ArrayList<>(EffectiveConfig.fixed(read));
      List<String> inForce = EffectiveConfig.fixed(config);
      if (!fixed.equals(inForce)) {
        fixed.removeAll(inForce);
        LOG.warn(
            "{}: needs a restart: {}",
            file,
            fixed.isEmpty() ? "what was removed" : String.join("; ", fixed));
      }
      if (server != null && read.server() != null) {
        server.follow(read.server());
        config = config.withServer(read.server());
        LOG.info("{}: backends and exports taken over", file);
      }
    } catch (ConfigException e) {
      LOG.warn("{}: not taken over, what was there stays in force", file);
      e.problems().forEach(problem -> LOG.warn("{}", problem));
    } catch (IOException e) {
      LOG.warn("{}: not taken over: {}", file, e.getMessage());
    }
  }

  // ---- facts

  /// Where the status page is, or null if there is none.
  public @Nullable InetSocketAddress statusAddress() {
    return status == null ? null : status.address();
  }

  NodeConfig config() {
    return config;
  }

  Instant started() {
    return started;
  }

  InstantSource clock() {
    return clock;
  }

  Trust trust() {
    return trust;
  }

  Loops loops() {
    return loops;
  }

  LinkEndpoint endpoint() {
    return endpoint;
  }

  NodeCounters counters() {
    return counters;
  }

  Arrivals arrivals() {
    return arrivals;
  }

  BackDoor backDoor() {
    return backDoor;
  }

  Backends backends() {
    return backends;
  }

  HostedSessions hosted() {
    return hostedSessions;
  }

  /// How it stands in a directory, or null if it does not.
  @Nullable Presence presence() {
    return presence;
  }

  @Nullable ClientProxy client() {
    return client;
  }

  @Nullable ServerProxy server() {
    return server;
  }

  /// Whether it takes work: started, and not on its way out.
  boolean isReady() {
    return ready && !draining.get();
  }

  // ---- end

  /// Drains for as long as the configuration says (`drainTimeout`).
  @Override
  public void close() {
    drain(config.link().drainTimeout());
  }

  /// Takes no new work, lets calls finish, then ends everything. Blocks. No effect the second time.
  ///
  /// @param patience after which calls still in flight are cut; zero: at once
  public void drain(Duration patience) {
    if (draining.getAndSet(true)) {
      return;
    }
    LOG.info("draining");
    if (presence != null) {
      presence.draining();
    }
    acceptors.close();
    if (client != null) {
      client.drain(patience);
    }
    if (server != null) {
      server.drain(patience);
    }
    endpoint.drain("the process is going away");
    awaitLinks(patience);
    end();
  }

  private void awaitLinks(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (endpoint.links().stream().anyMatch(Link::isUp) && System.nanoTime() < end) {
      LockSupport.parkNanos(DRAIN_LOOK_NANOS);
    }
  }

  private void end() {
    draining.set(true);
    end("housekeeping", loops::endHousekeeping);
    end("status page", status);
    end("registration", presence);
    end("acceptors", acceptors);
    end("client-proxy", client);
    endpoint.close("the process is going away");
    end("server-proxy", server == null ? backends : server);
    end("back door", backDoor);
    end("loops", loops);
    end("media", media);
  }

  /// One part that does not end well does not keep the others.
  private static void end(String what, @Nullable AutoCloseable part) {
    try {
      if (part != null) {
        part.close();
      }
    } catch (Exception e) {
      LOG.error("{} did not end well", what, e);
    }
  }
}

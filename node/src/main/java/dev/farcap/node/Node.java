package dev.farcap.node;

import dev.farcap.ca.CaException;
import dev.farcap.config.ConfigException;
import dev.farcap.link.Link;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.server.BackDoor;
import dev.farcap.server.BackDoorConfig;
import dev.farcap.server.Gatekeeper;
import dev.farcap.session.Failure;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsMedium;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running process: a client-proxy, a server-proxy or both.
///
/// ```java
/// try (Node node = Node.start(NodeConfig.read(Path.of("host-a.yaml")))) {
///   …
/// }
/// ```
///
/// Files that it was made from are looked at every second: grants, credentials and the backends and
/// policies of a server are taken over when they change, the directory by itself. Any thread may
/// call.
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final long LOOK_MS = 1_000;
  private static final long DRAIN_LOOK_NANOS = 20_000_000;

  private final Instant started;
  private final InstantSource clock;
  private final Trust trust;
  private final Loops loops;
  private final TlsMedium tls;
  private final LinkEndpoint endpoint;
  private final NodeCounters counters;
  private final Backends backends;
  private final HostedSessions hosted;
  private final BackDoor backDoor;
  private final @Nullable ClientProxy client;
  private final @Nullable ServerProxy server;
  private final List<FileWatch> watches = new ArrayList<>();
  private @Nullable StatusServer status;
  private volatile NodeConfig config;
  private final AtomicBoolean closed = new AtomicBoolean();
  private volatile boolean draining;
  private volatile boolean ready;

  /// What is counted by the parts that both roles share.
  record NodeCounters(LinkCounters links, TransportCounters tls) {}

  /// Starts what a configuration says and returns when all listeners are open. Links may still be
  /// on their way.
  ///
  /// @throws NodeException if it cannot; then nothing is left running
  public static Node start(NodeConfig config) throws NodeException {
    return start(config, InstantSource.system());
  }

  static Node start(NodeConfig config, InstantSource clock) throws NodeException {
    Trust trust;
    try {
      trust = Trust.load(config, clock);
    } catch (CaException e) {
      throw new NodeException(config.file() + ": " + e.getMessage(), e);
    }
    EffectiveConfig.of(config, trust).forEach(line -> LOG.info("{}", line));
    Node node = new Node(config, trust, clock);
    try {
      node.open();
      return node;
    } catch (IOException e) {
      node.close();
      throw new NodeException(config.file() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
  }

  // ---- wiring

  private Node(NodeConfig config, Trust trust, InstantSource clock) {
    this.config = config;
    this.trust = trust;
    this.clock = clock;
    started = clock.instant();
    SecureRandom random = new SecureRandom();
    loops = new Loops();
    counters = new NodeCounters(new LinkCounters(), new TransportCounters());
    tls = new TlsMedium(trust::tls, trust, counters.tls(), TlsConfig.DEFAULT);
    backDoor = new BackDoor(BackDoorConfig.DEFAULT, loops.main());
    ServerProxy.Exports exports = new ServerProxy.Exports();
    SessionGate gate =
        config.server() == null
            ? (request, peer, token) -> servesNothing()
            : new Gatekeeper(
                trust.identity(), trust::bundle, exports::policies, backDoor, clock, random);
    hosted = new HostedSessions(gate, this::sessionEnded);
    endpoint =
        new LinkEndpoint(
            trust.holderKey(),
            loops.main(),
            config.link(),
            hosted,
            loops.decisions(),
            null,
            clock,
            random,
            counters.links());
    backends =
        new Backends(
            config.state(),
            endpoint.signals(request -> ServerProxy.peer(request, trust.identity().realm())),
            loops.files(),
            clock);
    server = config.server() == null ? null : new ServerProxy(exports, hosted, backends);
    client =
        config.client() == null
            ? null
            : new ClientProxy(config.client(), trust, endpoint, tls, loops, clock, random);
  }

  private void open() throws IOException {
    if (server != null) {
      ServerConfig serverConfig = Objects.requireNonNull(config.server());
      server.start(serverConfig, endpoint, tls, loops, trust.identity().realm());
      watches.add(new FileWatch(config.file(), this::reloadPolicies));
      LOG.info("links are accepted at {}", String.join(", ", server.addresses()));
    }
    if (client != null) {
      client.start();
      watches.add(new FileWatch(client.config().grants(), client::reloadGrants));
      client.doors().forEach(door -> LOG.info("programs connect to {}", door.address()));
    }
    watches.add(new FileWatch(config.identity(), trust::reload));
    var _ =
        loops
            .housekeeping()
            .scheduleWithFixedDelay(this::look, LOOK_MS, LOOK_MS, TimeUnit.MILLISECONDS);
    if (config.statusPort().isPresent()) {
      status = StatusServer.open(config.statusPort().getAsInt(), this);
      LOG.info("status at http://{}:{}/status", "127.0.0.1", status.address().getPort());
    }
    ready = true;
    LOG.info("{} {} is ready", config.role(), trust.identity());
  }

  private static Decision servesNothing() {
    return new Decision.Refused(
        Failure.notExecuted(Failure.Kind.REFUSED, "this proxy serves no sessions"));
  }

  private void sessionEnded(String session) {
    backends.sessionEnded(session);
  }

  // ---- while it runs

  private void look() {
    watches.forEach(FileWatch::poll);
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
  public void reload() {
    loops
        .housekeeping()
        .execute(
            () -> {
              LOG.info("reloading");
              trust.reload();
              reloadPolicies();
              if (client != null) {
                client.reloadDirectory();
                client.reloadGrants();
              }
            });
  }

  private void reloadPolicies() {
    if (server == null) {
      return;
    }
    try {
      NodeConfig read = NodeConfig.read(config.file());
      if (!EffectiveConfig.fixed(read).equals(EffectiveConfig.fixed(config))) {
        LOG.warn("{}: only backends and exports change without a restart", config.file());
      }
      if (read.server() != null) {
        server.follow(read.server());
        config = config.withServer(read.server());
        LOG.info("{}: backends and exports taken over", config.file());
      }
    } catch (ConfigException e) {
      LOG.warn("{}: not taken over, what was there stays in force", config.file());
      e.problems().forEach(problem -> LOG.warn("{}", problem));
    } catch (IOException e) {
      LOG.warn("{}: not taken over: {}", config.file(), e.getMessage());
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

  Backends backends() {
    return backends;
  }

  HostedSessions hosted() {
    return hosted;
  }

  @Nullable ClientProxy client() {
    return client;
  }

  @Nullable ServerProxy server() {
    return server;
  }

  /// Whether it takes work: started, and not on its way out.
  boolean isReady() {
    return ready && !draining;
  }

  // ---- end

  /// Takes no new work, lets calls finish, then closes. Blocks.
  ///
  /// @param patience after which calls still in flight are cut
  public void drain(Duration patience) {
    draining = true;
    LOG.info("draining");
    if (client != null) {
      client.drain(patience);
    }
    if (server != null) {
      server.drain(patience);
    }
    endpoint.drain("the process is going away");
    awaitLinks(patience);
    close();
  }

  private void awaitLinks(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (endpoint.links().stream().anyMatch(Link::isUp) && System.nanoTime() < end) {
      LockSupport.parkNanos(DRAIN_LOOK_NANOS);
    }
  }

  /// Ends everything now. Blocks shortly. No effect the second time.
  @Override
  public void close() {
    if (closed.getAndSet(true)) {
      return;
    }
    draining = true;
    end("status page", status);
    end("client-proxy", client);
    endpoint.close("the process is going away");
    end("server-proxy", server == null ? backends : server);
    end("back door", backDoor);
    end("loops", loops);
    end("TLS", tls);
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

package dev.farcap.link;

import dev.farcap.link.engine.Frame;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkEngine;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.link.engine.SendRoom;
import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionGate;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.internal.PlatformDependent;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All links of a process on one event loop: dials some, accepts others.
///
/// Made once; its epoch is that of the process.
public final class LinkEndpoint {
  private static final Logger LOG = LoggerFactory.getLogger(LinkEndpoint.class);

  /// Links that peers have dialled and that live, suspended ones included: as many hosts as one
  /// proxy reasonably serves.
  private static final int ACCEPTED_MAX = 1_024;

  /// Of one holder key: a process keeps one per loop, and a few may wait for their window to end.
  private static final int ACCEPTED_PER_HOLDER_MAX = 64;

  private static final long HELLO_TIMEOUT_S = 10;

  /// A sixth of what a process has beside its heap, as messages that came over HTTP/2 lie in
  /// buffers that are little more than half full; and as much arrives there.
  private static final long SEND_ROOM_BYTES =
      Math.max(SendRoom.LEAST_BYTES, PlatformDependent.maxDirectMemory() / 6);

  private final EventLoop loop;
  private final LinkSettings settings;
  private final SessionGate gate;
  private final Executor decisions;
  private final @Nullable Executor callbacks;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final LinkCounters counters;
  private final SendRoom sendRoom;
  private final Id128 epoch;
  private final SignalContexts contexts;
  private final ConcurrentHashMap<Id128, Link> accepted = new ConcurrentHashMap<>();
  private final CopyOnWriteArrayList<DialledLink> dialled = new CopyOnWriteArrayList<>();
  private volatile @Nullable String leaving;

  /// @param ownKey this process's holder key: names the objects that live here
  /// @param loop runs every link of this endpoint; its connections must belong to it
  /// @param gate decides sessions that peers open
  /// @param decisions where the gate runs; bounded by the links' limits of sessions
  /// @param callbacks where listeners and hosted services run, or null for the loop itself, where
  ///   they must not block
  /// @param clock for the end of grants and certificates
  /// @param random cryptographic: draws epochs and link ids
  public LinkEndpoint(
      KeyId ownKey,
      EventLoop loop,
      LinkSettings settings,
      SessionGate gate,
      Executor decisions,
      @Nullable Executor callbacks,
      InstantSource clock,
      RandomGenerator random,
      LinkCounters counters) {
    this.loop = loop;
    this.settings = settings;
    this.gate = gate;
    this.decisions = decisions;
    this.callbacks = callbacks;
    this.clock = clock;
    this.random = random;
    this.counters = counters;
    sendRoom = new SendRoom(SEND_ROOM_BYTES, settings.limits().messageBytes(), loop::execute);
    epoch = Id128.mint(random);
    contexts = new SignalContexts(ownKey, epoch, random);
  }

  /// Signals over these links.
  ///
  /// @param recipient says whom a session leads to, so that only that peer may raise a context
  ///   passed in it; throws a StatusRuntimeException where there is no route
  public SignalPort signals(Function<SessionRequest, Identity> recipient) {
    return new LinkSignals(this, contexts, recipient);
  }

  /// Signal contexts that live here now.
  public int signalContexts() {
    return contexts.size();
  }

  Decision decide(SessionRequest request, Peer peer, byte @Nullable [] token) {
    ObjectRef object = request.object();
    return object == null
        ? gate.decide(request, peer, token)
        : contexts.decide(request, object, peer);
  }

  // ---- dialling -------------------------------------------------------------------------------

  /// One way to reach a peer.
  ///
  /// @param address of the dialer's medium
  public record Route(String address, Dialer dialer) {}

  /// Keeps a link to a peer until it is closed: dials now and whenever the connection is lost. Ends
  /// at once where the endpoint drains or is closed.
  ///
  /// @param expected who must be there; anybody else is refused
  /// @param routes in order of preference, at least one
  public DialledLink dial(Identity expected, List<Route> routes) {
    DialledLink link = new DialledLink(this, expected, routes);
    dialled.add(link);
    // Who leaves either finds it among the others or is seen here.
    String last = leaving;
    if (last == null) {
      link.start();
    } else {
      link.close(last);
    }
    return link;
  }

  void forget(DialledLink link) {
    dialled.remove(link);
  }

  // ---- accepting ------------------------------------------------------------------------------

  /// Takes a connection that a peer dialled, on its loop; what to give to an acceptor as its
  /// handler.
  ///
  /// @throws IllegalArgumentException if the connection belongs to another loop
  public ConnectionListener accept(Connection connection) {
    if (!connection.eventLoop().equals(loop)) {
      throw new IllegalArgumentException(
          "the connection of " + connection.peer().name() + " belongs to another loop");
    }
    Peer peer = peer(connection.peer());
    return new Greeting(connection, peer);
  }

  static Peer peer(Principal principal) {
    return new Peer(
        Identity.parse(principal.name()), new KeyId(principal.keyId()), principal.expires());
  }

  /// An accepted connection until its Hello says which link it means.
  private final class Greeting implements ConnectionListener {
    private final Connection connection;
    private final Peer peer;
    private final ScheduledFuture<?> timeout;
    private @Nullable ConnectionListener link;

    Greeting(Connection connection, Peer peer) {
      this.connection = connection;
      this.peer = peer;
      timeout =
          loop.schedule(
              () -> connection.close("no Hello within " + HELLO_TIMEOUT_S + " s"),
              HELLO_TIMEOUT_S,
              TimeUnit.SECONDS);
    }

    @Override
    public void frame(ByteBuf frame) {
      if (link != null) {
        link.frame(frame);
        return;
      }
      Frame.Hello hello = LinkEngine.readHello(frame);
      frame.release();
      timeout.cancel(false);
      link = hello == null ? null : greet(connection, peer, hello);
      if (link == null) {
        if (hello == null) {
          counters.malformed.increment();
        }
        LOG.warn(
            "{}: connection refused: {}",
            peer.identity(),
            hello == null ? "its first frame is no Hello" : "its Hello fits no link");
        connection.close("Hello refused");
        link = new Refused();
      }
    }

    @Override
    public void readComplete() {
      if (link != null) {
        link.readComplete();
      }
    }

    @Override
    public void writable() {
      if (link != null) {
        link.writable();
      }
    }

    @Override
    public void closed(String reason) {
      timeout.cancel(false);
      if (link != null) {
        link.closed(reason);
      }
    }
  }

  /// Drops what still comes on a refused connection.
  static final class Refused implements ConnectionListener {
    @Override
    public void frame(ByteBuf frame) {
      frame.release();
    }

    @Override
    public void readComplete() {}

    @Override
    public void writable() {}

    @Override
    public void closed(String reason) {}
  }

  private @Nullable ConnectionListener greet(Connection connection, Peer peer, Frame.Hello hello) {
    Link known = accepted.get(hello.link());
    if (known != null) {
      return isOf(known, peer) ? known.accepted(connection, peer, hello) : null;
    }
    if (hello.resume()) {
      connection.send(LinkEngine.unknownLink(allocator(), epoch, hello, settings.limits()));
      connection.flush();
      connection.close("peer wants to resume a link that is over");
      return new Refused();
    }
    if (accepted.size() >= ACCEPTED_MAX || linksOf(peer) >= ACCEPTED_PER_HOLDER_MAX) {
      counters.overloaded.increment();
      LOG.warn("{}: link refused: too many links", peer.identity());
      return null;
    }
    Link link = new Link(this, peer.identity().toString(), false, hello.link(), sendRoomOf(peer));
    link.onLoss(_ -> {}, () -> accepted.remove(hello.link(), link));
    accepted.put(hello.link(), link);
    if (leaving != null) {
      accepted.remove(hello.link());
      return null;
    }
    ConnectionListener listener = link.accepted(connection, peer, hello);
    if (listener == null) {
      accepted.remove(hello.link());
    }
    return listener;
  }

  private static boolean isOf(Link link, Peer peer) {
    Peer former = link.peer();
    return former != null
        && former.identity().equals(peer.identity())
        && former.holderKey().equals(peer.holderKey());
  }

  private long linksOf(Peer peer) {
    return accepted.values().stream().filter(link -> isOf(link, peer)).count();
  }

  /// One holder has one part, however many links.
  private SendRoom.Share sendRoomOf(Peer peer) {
    return accepted.values().stream()
        .filter(link -> isOf(link, peer))
        .findAny()
        .map(Link::sendRoom)
        .orElseGet(sendRoom::newShare);
  }

  /// Sessions hosted for one holder key, on all links: several links are no way around a bound.
  int hostedSessionsOf(Peer peer) {
    int sessions = 0;
    for (Link link : links()) {
      if (isOf(link, peer)) {
        sessions += link.facts().hostedSessions();
      }
    }
    return sessions;
  }

  // ---- facts and end --------------------------------------------------------------------------

  /// Every link that lives: first the dialled ones.
  public List<Link> links() {
    List<Link> links = new ArrayList<>();
    dialled.forEach(link -> links.add(link.link()));
    links.addAll(accepted.values());
    return links;
  }

  /// Why the last dial of a link failed; null if it did not, or if the peer dials.
  public @Nullable String lastFailure(Link link) {
    return dialled.stream()
        .filter(candidate -> candidate.link() == link)
        .findFirst()
        .map(DialledLink::lastFailure)
        .orElse(null);
  }

  /// Drains every link, stops dialling and takes no more links.
  public void drain(String reason) {
    leaving = reason;
    dialled.forEach(link -> link.drain(reason));
    accepted.values().forEach(link -> link.drain(reason));
  }

  /// Ends every link now, stops dialling and takes no more links.
  public void close(String reason) {
    leaving = reason;
    dialled.forEach(link -> link.close(reason));
    accepted.values().forEach(link -> link.close(reason));
  }

  /// Names this run of the process.
  public Id128 epoch() {
    return epoch;
  }

  EventLoop loop() {
    return loop;
  }

  LinkSettings settings() {
    return settings;
  }

  Executor decisions() {
    return decisions;
  }

  @Nullable Executor callbacks() {
    return callbacks;
  }

  InstantSource clock() {
    return clock;
  }

  RandomGenerator random() {
    return random;
  }

  SendRoom sendRoom() {
    return sendRoom;
  }

  LinkCounters counters() {
    return counters;
  }

  ByteBufAllocator allocator() {
    return PooledByteBufAllocator.DEFAULT;
  }
}

package dev.farcap.link;

import dev.farcap.link.engine.CallListener;
import dev.farcap.link.engine.Frame;
import dev.farcap.link.engine.GateAnswer;
import dev.farcap.link.engine.HostedSession;
import dev.farcap.link.engine.LinkDriver;
import dev.farcap.link.engine.LinkEngine;
import dev.farcap.link.engine.SendRoom;
import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Peer;
import dev.farcap.session.Session;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.PathFacts;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A link to one peer: drives a [LinkEngine] on a Netty event loop.
///
/// The engine decides; this class owns its connection, its timer and its turn on the loop. When an
/// engine has ended, the next connection gets a fresh one. Public methods may be called by any
/// thread.
public final class Link implements LinkDriver {
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);

  /// Ten years: beyond every grant, and no overflow in nanoseconds.
  private static final long FOREVER_MS = TimeUnit.DAYS.toMillis(3650);

  /// So many frames are read at most before what they caused is sent, so that the peer works on it
  /// meanwhile: both ends of a busy link would take turns otherwise, one of two processors idle.
  private static final int FRAMES_PER_PUMP = 32;

  private final LinkEndpoint endpoint;
  private final String name;
  private final boolean dialler;
  private final SendRoom.Share sendRoom;
  private final EventLoop loop;
  private volatile LinkEngine engine;
  private volatile Phase phase;
  private volatile @Nullable Peer peer;
  private volatile @Nullable String medium;
  // On the loop only.
  private @Nullable Connected connected;
  private @Nullable Future<?> timer;
  private boolean awake;
  private @Nullable Up up;
  private boolean closed;
  private Consumer<String> whenLost = _ -> {};
  private Runnable whenEnded = () -> {};

  Link(LinkEndpoint endpoint, String name, boolean dialler, Id128 id, SendRoom.Share sendRoom) {
    this.endpoint = endpoint;
    this.name = name;
    this.dialler = dialler;
    this.sendRoom = sendRoom;
    loop = endpoint.loop();
    engine = newEngine(id);
    phase = new Phase(LinkEngine.State.NEW, now());
  }

  private LinkEngine newEngine(Id128 id) {
    return new LinkEngine(
        name,
        dialler,
        endpoint.epoch(),
        id,
        endpoint.settings(),
        sendRoom,
        endpoint.counters(),
        allocator(),
        System::nanoTime,
        this);
  }

  // ---- for users ------------------------------------------------------------------------------

  /// Opens a session at the peer. Calls wait for the link and for the peer's answer.
  ///
  /// @param token the capability to present, at most 8 KiB, or null for none
  /// @param failWhileDown whether calls fail at once while the link is down, instead of waiting
  ///   until their deadline or the resume window
  /// @throws IllegalArgumentException if the token is longer
  public Session open(SessionRequest request, byte @Nullable [] token, boolean failWhileDown) {
    if (token != null) {
      checkToken(token);
    }
    LinkSession session =
        new LinkSession(
            this,
            request,
            endpoint.callbacks(),
            listener -> {
              renewIfEnded();
              return engine.open(request, token, failWhileDown, listener);
            });
    session.open();
    return session;
  }

  /// Presents a further token for a session opened here, so that it outlives its first one.
  ///
  /// @throws IllegalArgumentException if the session is not of this link, or the token longer than
  ///   8 KiB
  public void upgrade(Session session, byte[] token) {
    if (!(session instanceof LinkSession own) || own.link() != this) {
      throw new IllegalArgumentException("session is not of link " + name);
    }
    checkToken(token);
    own.upgrade(token);
  }

  private static void checkToken(byte[] token) {
    if (token.length > LinkEngine.TOKEN_BYTES_MAX) {
      throw new IllegalArgumentException(
          "token of " + token.length + " bytes, limit " + LinkEngine.TOKEN_BYTES_MAX);
    }
  }

  /// Lets calls finish, takes no new ones, then ends the link for good.
  public void drain(String reason) {
    run(
        () -> {
          closed = true;
          engine.drain(reason);
        });
  }

  /// Ends the link now, for good.
  public void close(String reason) {
    run(
        () -> {
          closed = true;
          engine.end(reason);
        });
  }

  /// Whom it leads to, for logs.
  public String name() {
    return name;
  }

  /// Who is or was last at the other end, null before the first connection.
  public @Nullable Peer peer() {
    return peer;
  }

  /// The medium of the last connection, null before the first.
  public @Nullable String medium() {
    return medium;
  }

  /// Where the link is in its life.
  public LinkEngine.State state() {
    return phase.state();
  }

  /// How long it has been in its state, in nanoseconds.
  public long stateNanos() {
    return now() - phase.sinceNanos();
  }

  /// Whether it is connected.
  public boolean isUp() {
    return phase.state() == LinkEngine.State.UP;
  }

  /// A state and since when: read together, so that a link that was just lost is not taken for one
  /// that has been away for as long as it was up.
  private record Phase(LinkEngine.State state, long sinceNanos) {}

  /// Facts for status pages; approximate while the loop works.
  public Facts facts() {
    LinkEngine present = engine;
    return new Facts(
        present.ownSessions(), present.hostedSessions(), present.calls(), present.roundTripNanos());
  }

  /// Facts of a link.
  ///
  /// @param ownSessions sessions opened by this side
  /// @param hostedSessions sessions hosted for the peer
  /// @param calls calls in flight either way
  /// @param roundTripNanos last measured round trip, 0 before the first
  public record Facts(int ownSessions, int hostedSessions, int calls, long roundTripNanos) {}

  /// What the medium knows of the way to the peer: null if nothing, or while there is no
  /// connection. Completed by the loop; not to be waited for there.
  public CompletableFuture<@Nullable PathFacts> path() {
    return CompletableFuture.supplyAsync(
        () -> connected == null ? null : connected.connection.path(), this::run);
  }

  // ---- connection -----------------------------------------------------------------------------

  EventLoop loop() {
    return loop;
  }

  ByteBufAllocator allocator() {
    return endpoint.allocator();
  }

  long now() {
    return System.nanoTime();
  }

  /// Runs on the loop, now if this is it. Where the loop has ended everything here has, and what is
  /// left to do is to say so: by the caller itself.
  void run(Runnable action) {
    if (loop.inEventLoop()) {
      action.run();
      return;
    }
    try {
      loop.execute(action);
    } catch (RejectedExecutionException _) {
      action.run();
    }
  }

  Id128 linkId() {
    return engine.linkId();
  }

  /// The peer's part.
  SendRoom.Share sendRoom() {
    return sendRoom;
  }

  @Nullable Id128 peerEpoch() {
    return engine.peerEpoch();
  }

  /// Whom to tell when the connection is lost, and why, and when the link has ended.
  void onLoss(Consumer<String> lost, Runnable ended) {
    whenLost = lost;
    whenEnded = ended;
  }

  /// The dialler has a proven connection.
  ConnectionListener dialled(Connection connection, Peer newPeer) {
    Connected fresh = connect(connection, newPeer);
    renewIfEnded();
    engine.dialled(Id128.mint(endpoint.random()));
    return fresh;
  }

  /// What comes after the end of a dialled link waits for the next connection.
  private void renewIfEnded() {
    if (dialler && !closed && engine.state() == LinkEngine.State.ENDED) {
      engine = newEngine(Id128.mint(endpoint.random()));
      enter(LinkEngine.State.NEW);
    }
  }

  /// A proven connection of the acceptor said Hello for this link.
  ///
  /// @return null if the Hello does not fit
  @Nullable ConnectionListener accepted(Connection connection, Peer newPeer, Frame.Hello hello) {
    if (!engine.fits(hello)) {
      return null;
    }
    Connected former = connected;
    if (former != null) {
      connected = null;
      engine.disconnected("replaced by a newer connection");
      former.connection.close("replaced by a newer connection");
    }
    Connected fresh = connect(connection, newPeer);
    if (engine.accepted(hello)) {
      return fresh;
    }
    connected = null;
    return null;
  }

  private Connected connect(Connection connection, Peer newPeer) {
    peer = newPeer;
    medium = connection.medium();
    Connected fresh = new Connected(connection);
    connected = fresh;
    up = null;
    return fresh;
  }

  /// One connection of the link; events of a former one are ignored.
  private final class Connected implements ConnectionListener {
    private final Connection connection;
    private int sincePump;

    Connected(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void frame(ByteBuf frame) {
      try {
        if (connected == this) {
          engine.frame(frame);
          if (++sincePump >= FRAMES_PER_PUMP && awake) {
            pump();
          }
        }
      } finally {
        frame.release();
      }
    }

    @Override
    public void readComplete() {
      if (connected == this && awake) {
        pump();
      }
    }

    private void pump() {
      sincePump = 0;
      engine.pump();
    }

    @Override
    public void writable() {
      if (connected == this) {
        engine.pump();
      }
    }

    @Override
    public void closed(String reason) {
      if (connected == this) {
        connected = null;
        engine.disconnected(reason);
        whenLost.accept(reason);
      }
    }
  }

  // ---- effects --------------------------------------------------------------------------------

  @Override
  public void send(ByteBuf frame) {
    if (connected == null) {
      frame.release();
    } else {
      connected.connection.send(frame);
    }
  }

  @Override
  public void flush() {
    if (connected != null) {
      connected.connection.flush();
    }
  }

  @Override
  public boolean isWritable() {
    return connected != null && connected.connection.isWritable();
  }

  @Override
  public void setReading(boolean reading) {
    if (connected != null) {
      connected.connection.setReading(reading);
    }
  }

  @Override
  public void closeConnection(String reason) {
    Connected present = connected;
    if (present != null) {
      connected = null;
      present.connection.close(reason);
      loop.execute(() -> whenLost.accept(reason));
    }
  }

  @Override
  public void wake() {
    if (!awake) {
      awake = true;
      loop.execute(this::turn);
    }
  }

  private void turn() {
    awake = false;
    engine.pump();
  }

  @Override
  public void schedule(long atNanos) {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
    }
    if (atNanos != Long.MAX_VALUE) {
      LinkEngine owner = engine;
      timer =
          loop.schedule(
              () -> {
                timer = null;
                owner.timer();
              },
              atNanos - now(),
              TimeUnit.NANOSECONDS);
    }
  }

  @Override
  public void decide(HostedSession session, byte @Nullable [] token) {
    LinkEngine owner = engine;
    Peer asking = peer;
    if (asking == null) {
      throw new IllegalStateException("session on a link without peer");
    }
    if (endpoint.hostedSessionsOf(asking) > endpoint.settings().limits().sessions()) {
      endpoint.counters().overloaded.increment();
      Failure failure =
          Failure.notExecuted(Failure.Kind.OVERLOADED, "too many sessions of this holder");
      run(() -> owner.decided(session, new GateAnswer.No(failure)));
      return;
    }
    Executor decisions = endpoint.decisions();
    decisions.execute(
        () -> {
          GateAnswer answer = answer(session, token, asking);
          loop.execute(() -> owner.decided(session, answer));
        });
  }

  private GateAnswer answer(HostedSession session, byte @Nullable [] token, Peer asking) {
    try {
      return switch (endpoint.decide(session.request(), asking, token)) {
        case Decision.Accepted yes -> {
          long millis = yes.expires().toEpochMilli() - endpoint.clock().millis();
          yield new GateAnswer.Yes(
              () -> host(session, yes),
              yes.quota(),
              now() + TimeUnit.MILLISECONDS.toNanos(Math.min(millis, FOREVER_MS)),
              yes.expires().toEpochMilli());
        }
        case Decision.Refused no -> new GateAnswer.No(no.failure());
      };
    } catch (RuntimeException e) {
      LOG.error("link {}: the gate failed for {}", name, session.request(), e);
      return new GateAnswer.No(
          Failure.notExecuted(Failure.Kind.FAILED, "the session could not be decided"));
    }
  }

  private CallListener.Host host(HostedSession session, Decision.Accepted yes) {
    SessionControl control = new Control(session, name + "/" + session.number());
    SessionHost host = yes.host().apply(control);
    return new GrpcHost(this, host, endpoint.callbacks());
  }

  /// A hosted session as its host sees it.
  private final class Control implements SessionControl {
    private final HostedSession session;
    private final String sessionName;

    Control(HostedSession session, String sessionName) {
      this.session = session;
      this.sessionName = sessionName;
    }

    @Override
    public String name() {
      return sessionName;
    }

    @Override
    public void end(Failure failure) {
      run(() -> session.end(failure));
    }
  }

  @Override
  public void stateChanged(LinkEngine.State newState, String reason) {
    enter(newState);
    LOG.info("link {}: {} ({})", name, newState, reason);
    if (newState == LinkEngine.State.ENDED) {
      whenEnded.run();
    }
  }

  /// For how long the last connection has kept the link up, 0 if not at all; on the loop.
  long upNanos() {
    return up == null ? 0 : now() - up.sinceNanos();
  }

  /// Whether anything that counts came over the last connection; on the loop.
  boolean hasWorked() {
    return up != null && engine.received() > up.received();
  }

  /// Since when the last connection has the link up.
  ///
  /// @param received numbered frames until then
  private record Up(long sinceNanos, long received) {}

  private void enter(LinkEngine.State newState) {
    if (newState == LinkEngine.State.UP) {
      up = new Up(now(), engine.received());
    }
    phase = new Phase(newState, now());
  }

  @Override
  public void draining(Failure reason) {
    LOG.info("link {}: {}", name, reason.message());
  }
}

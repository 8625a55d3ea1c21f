package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import dev.farcap.session.MetadataKeys;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.collection.LongObjectHashMap;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One link as a state machine without I/O: sessions, calls, signals and their credit over frames.
///
///     NEW ──Hello──▶ UP ──connection lost──▶ SUSPENDED ──Hello(resume)──▶ UP
///      └────────── end: window over, peer knows nothing, protocol broken ──────▶ ENDED
///
/// *Theory.* Every frame that changes what the other side knows is numbered and kept until the other
/// side has taken it over; after a cut both tell the highest number taken and send the rest again, so
/// each takes effect exactly once while both processes live. Everything else is state with absolute
/// values, written afresh after a cut, so losing or doubling it does no harm. Frames are numbered when
/// they are written, never while the connection is away: a call whose Call was not written is known
/// not to have been executed. Calls take turns, one chunk each ([Sending]); credit is taken by whole
/// messages ([MessageSender]); both together mean that a small call waits for one chunk of every other
/// call at the most, and that no window can fill with halves of messages. Rejected: ids by direction
/// and stream numbers as HTTP/2 has them (no resume), acknowledging each message (a frame more per
/// call), replaying credit (old values would have to be told from new ones).
///
/// *Threads.* None. One thread calls it; it calls back from within. Time comes from the ticker given.
/// Inputs are the public methods; effects go to the [LinkDriver].
public final class LinkEngine {
  /// Where a link is in its life.
  public enum State {
    /// Never connected yet.
    NEW,
    /// Connected.
    UP,
    /// The connection is lost; it may come back.
    SUSPENDED,
    /// Over.
    ENDED
  }

  /// Calls of one session that are not over, as wire.proto has it.
  static final int CALLS_PER_SESSION_MAX = 10_000;

  /// Calls of one direction that are not over, as wire.proto has it; some 20 MB at the bound.
  static final int CALLS_PER_LINK_MAX = 32_768;

  /// Frames about sessions that wait for the connection or for room: two for each session of the
  /// default limit, and some.
  private static final int CONTROL_MAX = 65_536;

  /// Longest token presented.
  public static final int TOKEN_BYTES_MAX = 8 << 10;

  static final byte[][] NO_METADATA = {};

  private static final Logger LOG = LoggerFactory.getLogger(LinkEngine.class);
  private static final int PROTOCOL = 1;
  private static final int SLOTS = 64;
  private static final int PINGS_MISSED_MAX = 3;
  private static final int PONGS_WAITING_MAX = 8;

  /// Questions to the gate that are not answered, of one link.
  private static final int DECISIONS_MAX = 64;

  private static final int ACK_FRAMES = 32;
  private static final int ACK_BYTES = 64 << 10;
  private static final int METADATA_PAIR_COST = 32;

  private final LinkDriver driver;
  private final LinkSettings settings;
  private final SendRoom.Share sendRoom;
  private final LinkCounters counters;
  private final ByteBufAllocator allocator;
  private final LongSupplier ticker;
  private final boolean dialler;
  private final Id128 epoch;
  private Id128 linkId;
  private final String name;
  private final FrameReader reader = new FrameReader();
  private final FrameWriter writer;
  private final Outbox outbox = new Outbox();
  private final TimerQueue timers = new TimerQueue();
  private final LongObjectHashMap<OwnSession> ownSessions = new LongObjectHashMap<>(8);
  private final LongObjectHashMap<HostedSession> hostedSessions = new LongObjectHashMap<>(8);
  private final LongObjectHashMap<Sending> calls = new LongObjectHashMap<>(8);
  private final LinkedHashMap<ByteBuffer, Integer> ownSlots = new LinkedHashMap<>(8, 0.75f, true);
  private final byte[] @Nullable [] peerSlots = new byte[SLOTS + 1][];
  private final ArrayDeque<Frame> control = new ArrayDeque<>();
  private final ArrayDeque<Sending> ready = new ArrayDeque<>();
  private final ArrayDeque<Sending> waitingForRoom = new ArrayDeque<>();
  private final ArrayDeque<CreditSource> creditsDirty = new ArrayDeque<>();
  private final ArrayDeque<OwnSession> signalsDirty = new ArrayDeque<>();
  private final ArrayDeque<Long> pongs = new ArrayDeque<>();
  private final ArrayDeque<Runnable> laters = new ArrayDeque<>();
  private State state = State.NEW;
  private @Nullable Id128 peerEpoch;
  private Limits peerLimits = Limits.DEFAULT;
  private boolean helloDue;
  private boolean draining;
  private boolean peerDrains;
  private long nextSession;
  private long nextCall;
  private long peerSessionMax;
  private long peerCallMax;
  private long received;
  private long acked;
  private long unackedBytes;
  private int pingsMissed;
  private long pingNonce;
  private long pingSentNanos;
  private long roundTripNanos;
  private TimerQueue.@Nullable Timer pingTimer;
  private TimerQueue.@Nullable Timer windowTimer;
  private final ControlBudget controlBudget;
  private boolean slowed;
  private boolean reading = true;
  private int deciding;
  private long scheduledNanos = TimerQueue.NEVER;
  private boolean pumping;

  /// @param name for the log: whom the link leads to
  /// @param dialler whether this side dials
  /// @param epoch of this process
  /// @param linkId drawn by the dialler
  /// @param sendRoom the peer's part: of all links to it, on this thread
  /// @param ticker nanoseconds from any fixed origin
  public LinkEngine(
      String name,
      boolean dialler,
      Id128 epoch,
      Id128 linkId,
      LinkSettings settings,
      SendRoom.Share sendRoom,
      LinkCounters counters,
      ByteBufAllocator allocator,
      LongSupplier ticker,
      LinkDriver driver) {
    this.name = name;
    this.dialler = dialler;
    this.epoch = epoch;
    this.linkId = linkId;
    this.settings = settings;
    this.sendRoom = sendRoom;
    this.counters = counters;
    this.allocator = allocator;
    this.ticker = ticker;
    this.driver = driver;
    writer = new FrameWriter(allocator);
    controlBudget = new ControlBudget(ticker.getAsLong());
    nextSession = dialler ? 1 : 2;
    nextCall = nextSession;
  }

  // ---- inputs: connection ---------------------------------------------------------------------

  /// The dialler has a connection: says Hello and awaits the acceptor's.
  ///
  /// @param freshId names the link as long as it has never been up: an acceptor whose answer was
  ///   lost may know the former id already
  public void dialled(Id128 freshId) {
    if (state == State.NEW) {
      linkId = freshId;
    }
    helloDue = true;
    driver.send(writer.write(0, hello(state != State.NEW)));
    driver.flush();
  }

  /// Whether a Hello that names this link may begin it or go on with it. If not, its connection is
  /// to be closed and the link lives on as it is, also its present connection.
  public boolean fits(Frame.Hello theirs) {
    Id128 known = peerEpoch;
    return state != State.ENDED
        && theirs.protocolMin() <= PROTOCOL
        && theirs.protocolMax() >= PROTOCOL
        && (known == null || known.equals(theirs.epoch()))
        && theirs.resume() == (state != State.NEW)
        && (known == null || theirs.limits().equals(peerLimits))
        && outbox.canAcknowledge(theirs.received());
  }

  /// The acceptor has read a Hello that names this link: answers and goes on.
  ///
  /// @return false if the Hello does not [fit][#fits]; the connection is then to be closed
  public boolean accepted(Frame.Hello theirs) {
    if (!fits(theirs)) {
      return false;
    }
    driver.send(writer.write(0, hello(theirs.resume())));
    established(theirs);
    return true;
  }

  private Frame.Hello hello(boolean resume) {
    return new Frame.Hello(
        PROTOCOL, PROTOCOL, epoch, linkId, resume, received, settings.limits(), 0, 0);
  }

  /// Reads the first frame of an accepted connection. The buffer stays the caller's.
  ///
  /// @return null if it is no Hello
  public static Frame.@Nullable Hello readHello(ByteBuf frame) {
    try {
      Frame first = new FrameReader().read(frame);
      if (first instanceof Frame.Hello hello) {
        return hello;
      }
      FrameReader.releasePayload(first);
      return null;
    } catch (WireException e) {
      return null;
    }
  }

  /// What an acceptor answers to a Hello that names no link it knows.
  public static ByteBuf unknownLink(
      ByteBufAllocator allocator, Id128 epoch, Frame.Hello theirs, Limits limits) {
    return new FrameWriter(allocator)
        .write(
            0, new Frame.Hello(PROTOCOL, PROTOCOL, epoch, theirs.link(), false, 0, limits, 0, 0));
  }

  private void onHello(Frame.Hello theirs) {
    if (!helloDue) {
      throw new WireException("Hello twice on one connection");
    }
    if (theirs.protocolMin() > PROTOCOL || theirs.protocolMax() < PROTOCOL) {
      end(
          "peer speaks protocol "
              + theirs.protocolMin()
              + ".."
              + theirs.protocolMax()
              + ", this side "
              + PROTOCOL);
    } else if (!theirs.link().equals(linkId)) {
      throw new WireException("Hello answers for another link");
    } else if (state != State.NEW && theirs.resume() && !theirs.limits().equals(peerLimits)) {
      throw new WireException("peer changed its limits on resume");
    } else if (state != State.NEW && !(theirs.resume() && theirs.epoch().equals(peerEpoch))) {
      end("peer does not know the link any more");
    } else {
      established(theirs);
    }
  }

  private void established(Frame.Hello theirs) {
    boolean resumed = state != State.NEW;
    helloDue = false;
    peerEpoch = theirs.epoch();
    peerLimits = theirs.limits();
    outbox.acknowledge(theirs.received());
    acked = received;
    unackedBytes = 0;
    cancelTimer(windowTimer);
    windowTimer = null;
    state = State.UP;
    pingsMissed = 0;
    pongs.clear();
    if (!reading) {
      driver.setReading(false);
    }
    if (resumed) {
      counters.resumes.increment();
      counters.replayed.add(outbox.frames());
      outbox.replay(driver::send);
      stateAfresh();
    } else {
      List.copyOf(ownSessions.values()).forEach(OwnSession::limitsKnown);
    }
    pingTimer = after(settings.pingInterval(), this::ping);
    driver.stateChanged(state, resumed ? "resumed" : "up");
    roomAgain();
    driver.wake();
  }

  private void stateAfresh() {
    Limits limits = settings.limits();
    ownSessions
        .values()
        .forEach(
            session -> {
              if (session.receiveWindow.granted() != limits.sessionWindowBytes()) {
                creditDirty(session);
              }
              if (session.signals() > 0) {
                signalDirty(session);
              }
            });
    hostedSessions
        .values()
        .forEach(
            session -> {
              if (session.receiveWindow.granted() != limits.openingWindowBytes()) {
                creditDirty(session);
              }
            });
    calls
        .values()
        .forEach(
            call -> {
              switch (call) {
                case OwnCall own -> creditDirty(own);
                case HostedCall hosted -> creditDirty(hosted);
              }
            });
  }

  /// The present connection is lost.
  public void disconnected(String reason) {
    helloDue = false;
    if (state == State.NEW || state == State.SUSPENDED || state == State.ENDED) {
      return;
    }
    cancelTimer(pingTimer);
    if (settings.resumeWindow().isZero() || draining || peerDrains) {
      end(reason);
      return;
    }
    state = State.SUSPENDED;
    windowTimer =
        after(
            settings.resumeWindow(),
            () -> end(reason + "; not back within " + settings.resumeWindow().toMillis() + " ms"));
    driver.stateChanged(state, reason);
    reschedule();
  }

  /// Ends the link: calls of this side fail, hosted ones are cancelled, the connection is closed.
  public void end(String reason) {
    if (state == State.ENDED) {
      return;
    }
    if (state == State.UP || helloDue) {
      driver.closeConnection(reason);
    }
    state = State.ENDED;
    helloDue = false;
    Failure failure = Failure.unknown(Failure.Kind.DISCONNECTED, "link ended: " + reason);
    List.copyOf(ownSessions.values()).forEach(session -> session.end(failure));
    List.copyOf(hostedSessions.values()).forEach(session -> session.stop("link ended: " + reason));
    outbox.release();
    control.clear();
    runLaters();
    driver.stateChanged(state, reason);
    driver.schedule(TimerQueue.NEVER);
  }

  /// Lets calls finish, takes no new ones, then ends the link.
  public void drain(String reason) {
    if (draining || state == State.ENDED) {
      return;
    }
    draining = true;
    if (state != State.UP) {
      end(reason);
      return;
    }
    driver.send(writer.write(0, new Frame.GoAway(reason)));
    driver.flush();
    List.copyOf(ownSessions.values())
        .forEach(session -> session.drain(CloseReason.SHUTDOWN, "link is draining: " + reason));
    after(settings.drainTimeout(), () -> end(reason));
    endIfDrained();
  }

  private void endIfDrained() {
    boolean idle =
        ownSessions.isEmpty()
            && hostedSessions.values().stream().noneMatch(HostedSession::hasCalls);
    if (draining && idle && state == State.UP) {
      later(() -> end("drained"));
      driver.wake();
    }
  }

  // ---- inputs: frames -------------------------------------------------------------------------

  /// A frame came. The buffer stays the caller's.
  public void frame(ByteBuf buffer) {
    if (state == State.ENDED) {
      return;
    }
    int bytes = buffer.readableBytes();
    try {
      Frame frame = reader.read(buffer);
      if (helloDue && !(frame instanceof Frame.Hello)) {
        FrameReader.releasePayload(frame);
        throw new WireException(frame.kind() + " before Hello");
      }
      if (frame.kind().numbered()) {
        count(frame, reader.number(), bytes);
      }
      FrameKind kind = frame.kind();
      take(frame);
      if (!controlBudget.takes(kind)) {
        slowDown();
      }
    } catch (WireException e) {
      counters.malformed.increment();
      LOG.warn("link {}: ended, the peer broke the protocol: {}", name, e.getMessage());
      end("peer broke the protocol");
    }
  }

  /// The peer asks for more than its share: nothing of it is read for a moment.
  private void slowDown() {
    long waitNanos = controlBudget.waitNanos(now());
    if (waitNanos > 0 && !slowed && state != State.ENDED) {
      slowed = true;
      at(
          now() + waitNanos,
          () -> {
            slowed = false;
            readOrNot();
          });
      readOrNot();
    }
  }

  /// Nothing is read either while more decisions are under way than the deciders take up at once:
  /// what waits for them would cost more than what waits in the connection.
  private void readOrNot() {
    boolean wanted = !slowed && deciding < (reading ? DECISIONS_MAX : DECISIONS_MAX / 2);
    if (wanted != reading) {
      reading = wanted;
      if (!reading) {
        counters.slowed.increment();
      }
      driver.setReading(reading);
    }
  }

  private void decide(HostedSession session, byte @Nullable [] token) {
    deciding++;
    driver.decide(session, token);
    readOrNot();
  }

  private void count(Frame frame, long number, int bytes) {
    if (number != received + 1) {
      FrameReader.releasePayload(frame);
      throw new WireException(frame.kind() + " has number " + number + " after " + received);
    }
    received = number;
    unackedBytes += bytes;
    if (received - acked >= ACK_FRAMES || unackedBytes >= ACK_BYTES) {
      driver.wake();
    }
  }

  private void take(Frame frame) {
    switch (frame) {
      case Frame.Call call -> onCall(call);
      case Frame.Message message -> onMessage(message);
      case Frame.Return done -> onReturn(done);
      case Frame.Headers headers -> {
        if (own(headers.call()) instanceof OwnCall call) {
          call.onHeaders(headers);
        }
      }
      case Frame.HalfClose halfClose -> {
        if (hosted(halfClose.call()) instanceof HostedCall call) {
          call.onHalfClose();
        }
      }
      case Frame.Cancel cancel -> {
        if (hosted(cancel.call()) instanceof HostedCall call) {
          call.onCancel();
        }
      }
      case Frame.Credit credit -> onCredit(credit);
      case Frame.Ack ack -> {
        outbox.acknowledge(ack.number());
        roomAgain();
      }
      case Frame.Signal signal -> {
        HostedSession session = hostedSessions.get(signal.session());
        if (session != null) {
          session.onSignal(signal.count());
        }
      }
      case Frame.Open open -> onOpen(open);
      case Frame.Present present -> onPresent(present);
      case Frame.Opened opened -> {
        OwnSession session = ownSessions.get(opened.session());
        if (session != null) {
          session.opened();
        }
      }
      case Frame.Refused refused -> endOwn(refused.session(), refused.failure());
      case Frame.Closed closed -> {
        Failure failure = closed.failure();
        if (failure != null) {
          endOwn(closed.session(), failure);
        }
      }
      case Frame.Upgrade upgrade -> onUpgrade(upgrade);
      case Frame.Close close -> onClose(close);
      case Frame.Hello hello -> onHello(hello);
      case Frame.Ping ping -> {
        if (pongs.size() < PONGS_WAITING_MAX) {
          pongs.add(ping.nonce());
        }
        driver.wake();
      }
      case Frame.Pong pong -> {
        pingsMissed = 0;
        if (pong.nonce() == pingNonce) {
          roundTripNanos = now() - pingSentNanos;
        }
      }
      case Frame.GoAway goAway -> onGoAway(goAway);
    }
  }

  private void onCall(Frame.Call frame) {
    if (isOwnId(frame.call()) || frame.call() <= peerCallMax) {
      frame.payload().release();
      throw new WireException("Call with id " + frame.call() + " after " + peerCallMax);
    }
    peerCallMax = frame.call();
    HostedSession session = hostedSessions.get(frame.session());
    if (calls.size() >= 2 * CALLS_PER_LINK_MAX) {
      frame.payload().release();
      throw new WireException("more than " + CALLS_PER_LINK_MAX + " calls");
    }
    if (session == null) {
      frame.payload().release();
      if (isOwnId(frame.session()) || frame.session() > peerSessionMax) {
        throw new WireException("Call in session " + frame.session() + " that was never opened");
      }
      counters.late.increment();
    } else {
      session.onCall(frame);
    }
  }

  private void onMessage(Frame.Message frame) {
    Sending call = calls.get(frame.call());
    switch (call) {
      case OwnCall own -> own.onMessage(frame.length(), frame.payload());
      case HostedCall hosted -> hosted.onMessage(frame.length(), frame.payload());
      case null -> {
        frame.payload().release();
        late(frame.call());
      }
    }
  }

  private void onReturn(Frame.Return frame) {
    switch (calls.get(frame.call())) {
      case OwnCall own -> own.onReturn(frame);
      case null, default -> {
        frame.payload().release();
        own(frame.call());
      }
    }
  }

  private void onCredit(Frame.Credit credit) {
    if (credit.call() != 0) {
      switch (calls.get(credit.call())) {
        case OwnCall own -> own.onCredit(credit);
        case HostedCall hosted -> hosted.onCredit(credit);
        case null -> {}
      }
      return;
    }
    if (isOwnId(credit.session())) {
      OwnSession session = ownSessions.get(credit.session());
      if (session != null) {
        session.sendWindow.grant(credit.bytes());
        creditAgain(session.waitingForCredit);
      }
    } else {
      HostedSession session = hostedSessions.get(credit.session());
      if (session != null) {
        session.sendWindow.grant(credit.bytes());
        creditAgain(session.waitingForCredit);
      }
    }
  }

  private @Nullable Sending own(long call) {
    return lookUp(call, isOwnId(call), "of its own");
  }

  private @Nullable Sending hosted(long call) {
    return lookUp(call, !isOwnId(call), "of this side");
  }

  private @Nullable Sending lookUp(long call, boolean fits, String whose) {
    if (!fits) {
      throw new WireException("peer answers or ends call " + call + " " + whose);
    }
    Sending known = calls.get(call);
    if (known == null) {
      late(call);
    }
    return known;
  }

  private void late(long call) {
    if (call >= (isOwnId(call) ? nextCall : peerCallMax + 1)) {
      throw new WireException("frame for call " + call + " that never began");
    }
    counters.late.increment();
  }

  private boolean isOwnId(long id) {
    return (id & 1) == (dialler ? 1 : 0);
  }

  // ---- sessions -------------------------------------------------------------------------------

  /// Opens a session. Never fails here: a failure reaches the listener.
  ///
  /// @param token to present, at most 8 KiB, or null
  /// @param failWhileDown whether calls fail at once while the link is down, instead of waiting
  public OwnSession open(
      SessionRequest request,
      byte @Nullable [] token,
      boolean failWhileDown,
      OwnSession.Listener listener) {
    long id = nextSession;
    nextSession += 2;
    OwnSession session = new OwnSession(this, id, request, failWhileDown, listener);
    Failure refusal = refusal();
    if (refusal != null) {
      session.end(refusal);
      return session;
    }
    ownSessions.put(id, session);
    ObjectRef object = request.object();
    control.add(
        new Frame.Open(
            id,
            request.service(),
            request.label().elements(),
            token == null ? 0 : present(token),
            object == null ? null : object.toBytes()));
    driver.wake();
    return session;
  }

  private @Nullable Failure refusal() {
    if (state == State.ENDED || draining || peerDrains) {
      return Failure.notExecuted(Failure.Kind.DISCONNECTED, "link is ending");
    }
    if (ownSessions.size() >= peerLimits.sessions() || control.size() >= CONTROL_MAX / 2) {
      counters.overloaded.increment();
      return Failure.notExecuted(
          Failure.Kind.OVERLOADED,
          "link has " + ownSessions.size() + " sessions and " + control.size() + " frames wait");
    }
    return null;
  }

  boolean hasRoomForCall() {
    return calls.size() < CALLS_PER_LINK_MAX;
  }

  private int present(byte[] token) {
    ByteBuffer key = ByteBuffer.wrap(token);
    Integer known = ownSlots.get(key);
    if (known != null) {
      return known;
    }
    int slot = ownSlots.size() + 1;
    if (slot > SLOTS) {
      var eldest = ownSlots.pollFirstEntry();
      slot = eldest.getValue();
    }
    ownSlots.put(key, slot);
    control.add(new Frame.Present(slot, token));
    return slot;
  }

  void upgrade(OwnSession session, byte[] token) {
    control.add(new Frame.Upgrade(session.id, present(token)));
    driver.wake();
  }

  private void onPresent(Frame.Present present) {
    if (present.slot() < 1 || present.slot() > SLOTS) {
      throw new WireException("Present for slot " + present.slot() + ", expected 1.." + SLOTS);
    }
    if (present.token().length > TOKEN_BYTES_MAX) {
      throw new WireException(
          "token of " + present.token().length + " bytes, limit " + TOKEN_BYTES_MAX);
    }
    peerSlots[present.slot()] = present.token();
  }

  private byte @Nullable [] token(int slot) {
    if (slot < 0 || slot > SLOTS) {
      throw new WireException("slot " + slot + ", expected 0.." + SLOTS);
    }
    return peerSlots[slot];
  }

  private void onOpen(Frame.Open open) {
    if (isOwnId(open.session()) || open.session() <= peerSessionMax) {
      throw new WireException("Open with id " + open.session() + " after " + peerSessionMax);
    }
    peerSessionMax = open.session();
    byte[] token = token(open.slot());
    SessionRequest request;
    try {
      byte[] object = open.object();
      request =
          new SessionRequest(
              open.service(),
              new Label(open.label()),
              object == null ? null : ObjectRef.parse(object));
    } catch (IllegalArgumentException e) {
      refuse(
          open.session(),
          Failure.notExecuted(Failure.Kind.REFUSED, String.valueOf(e.getMessage())));
      return;
    }
    if (draining) {
      refuse(
          open.session(),
          Failure.notExecuted(Failure.Kind.DISCONNECTED, "the other side is draining"));
    } else if (hostedSessions.size() >= settings.limits().sessions()) {
      counters.overloaded.increment();
      refuse(
          open.session(),
          Failure.notExecuted(Failure.Kind.OVERLOADED, "too many sessions on this link"));
    } else {
      HostedSession session = new HostedSession(this, open.session(), request);
      hostedSessions.put(session.id, session);
      decide(session, token);
    }
  }

  private void refuse(long session, Failure failure) {
    queueControl(new Frame.Refused(session, failure));
  }

  /// The gate's answer to [LinkDriver#decide].
  public void decided(HostedSession session, GateAnswer answer) {
    deciding--;
    readOrNot();
    if (session.isOver()) {
      return;
    }
    switch (answer) {
      case GateAnswer.Yes yes when session.isAccepted() ->
          session.renew(yes.quota(), yes.expiresNanos());
      case GateAnswer.Yes yes -> accept(session, yes);
      case GateAnswer.No _ when session.isAccepted() -> counters.refused.increment();
      case GateAnswer.No no -> {
        counters.refused.increment();
        refuse(session.id, no.failure());
        session.stop("refused");
      }
    }
  }

  private void accept(HostedSession session, GateAnswer.Yes yes) {
    CallListener.Host host;
    try {
      host = yes.host().get();
    } catch (NotHostedException e) {
      boolean bound = e.failure().kind() == Failure.Kind.OVERLOADED;
      (bound ? counters.overloaded : counters.refused).increment();
      refuse(session.id, e.failure());
      session.stop("not hosted: " + e.getMessage());
      return;
    } catch (RuntimeException e) {
      LOG.error("link {}: the host of {} could not be made", name, session.request(), e);
      refuse(
          session.id, Failure.notExecuted(Failure.Kind.FAILED, "the session could not be hosted"));
      session.stop("could not be hosted");
      return;
    }
    queueControl(new Frame.Opened(session.id, yes.expiresMs()));
    session.accept(host, yes.quota(), yes.expiresNanos());
  }

  private void onUpgrade(Frame.Upgrade upgrade) {
    byte[] token = token(upgrade.slot());
    HostedSession session = hostedSessions.get(upgrade.session());
    if (session != null) {
      decide(session, token);
    }
  }

  private void onClose(Frame.Close close) {
    HostedSession session = hostedSessions.get(close.session());
    if (session != null) {
      session.stop("closed by the peer: " + close.reason());
      queueControl(new Frame.Closed(close.session(), null));
    }
  }

  private void endOwn(long id, Failure failure) {
    OwnSession session = ownSessions.get(id);
    if (session != null) {
      session.end(failure);
    }
  }

  private void onGoAway(Frame.GoAway goAway) {
    peerDrains = true;
    String why = "the other side is draining: " + goAway.reason();
    driver.draining(Failure.notExecuted(Failure.Kind.DISCONNECTED, why));
    List.copyOf(ownSessions.values()).forEach(session -> session.drain(CloseReason.SHUTDOWN, why));
  }

  void forget(OwnSession session) {
    ownSessions.remove(session.id);
    endIfDrained();
  }

  void forget(HostedSession session) {
    hostedSessions.remove(session.id);
    endIfDrained();
  }

  void queueControl(Frame frame) {
    if (state == State.ENDED) {
      return;
    }
    control.add(frame);
    driver.wake();
    if (control.size() == CONTROL_MAX) {
      later(() -> end("the peer takes no answers: " + CONTROL_MAX + " frames wait"));
    }
  }

  // ---- calls ----------------------------------------------------------------------------------

  long begin(OwnCall call) {
    long id = nextCall;
    nextCall += 2;
    calls.put(id, call);
    counters.callsOut.increment();
    return id;
  }

  void hosted(HostedCall call) {
    calls.put(call.id, call);
  }

  void forget(long call) {
    calls.remove(call);
    if (draining) {
      endIfDrained();
    }
  }

  MessageReceiver receiver(
      ReceiveWindow session, LongMessageRoom room, MessageReceiver.Grants grants) {
    return new MessageReceiver(allocator, settings.limits(), session, room, counters, grants);
  }

  /// Says why a message may not be sent, if so.
  @Nullable Failure refuse(ByteBuf message, MessageSender sender) {
    Failure tooLong = refuseMessage(message.readableBytes());
    if (tooLong != null) {
      return tooLong;
    }
    String noRoom = sender.refusal(message.readableBytes());
    if (noRoom == null) {
      return null;
    }
    counters.overloaded.increment();
    return Failure.unknown(Failure.Kind.OVERLOADED, noRoom);
  }

  /// Says why a message of that length may not be sent, if so.
  @Nullable Failure refuseMessage(int bytes) {
    return tooMuch("message", bytes, peerLimits.messageBytes());
  }

  /// Says why metadata may not be sent, if so.
  ///
  /// @param what for the caller: `metadata`, `headers`, `trailers`
  /// @param alongBytes of text that goes with it
  @Nullable Failure refuseMetadata(String what, byte[][] metadata, int alongBytes) {
    return tooMuch(what, metadataBytes(metadata) + alongBytes, peerLimits.metadataBytes());
  }

  private @Nullable Failure tooMuch(String what, long bytes, long limit) {
    if (bytes <= limit) {
      return null;
    }
    counters.overloaded.increment();
    return Failure.unknown(
        Failure.Kind.OVERLOADED, what + " of " + bytes + " bytes, limit " + limit);
  }

  /// Checks what a peer was told not to exceed.
  void checkMetadata(byte[][] metadata) {
    long bytes = metadataBytes(metadata);
    if (bytes > settings.limits().metadataBytes()) {
      throw new WireException(
          "metadata of " + bytes + " bytes, limit " + settings.limits().metadataBytes());
    }
  }

  // ---- writing --------------------------------------------------------------------------------

  /// Writes what may be written: state first, then sessions, then calls in turn.
  public void pump() {
    if (pumping) {
      return;
    }
    pumping = true;
    runLaters();
    if (state == State.UP && !helloDue) {
      writeState();
      while (driver.isWritable() && writeControl()) {
        // one frame each time
      }
      while (driver.isWritable() && writeCall()) {
        // one frame each time
      }
      driver.flush();
    }
    pumping = false;
    runLaters();
    reschedule();
  }

  private void writeState() {
    for (CreditSource source; (source = creditsDirty.poll()) != null; ) {
      Frame.Credit credit = source.takeCredit();
      if (credit != null) {
        driver.send(writer.write(0, credit));
      }
    }
    for (OwnSession session; (session = signalsDirty.poll()) != null; ) {
      session.signalQueued = false;
      if (session.written) {
        driver.send(writer.write(0, new Frame.Signal(session.id, session.signals())));
      }
    }
    for (Long nonce; (nonce = pongs.poll()) != null; ) {
      driver.send(writer.write(0, new Frame.Pong(nonce)));
    }
    if (received - acked >= ACK_FRAMES || unackedBytes >= ACK_BYTES) {
      writeAck();
    }
  }

  private void writeAck() {
    acked = received;
    unackedBytes = 0;
    driver.send(writer.write(0, new Frame.Ack(received)));
  }

  private boolean writeControl() {
    Frame next = control.peek();
    if (next == null || !outbox.hasRoom()) {
      return false;
    }
    control.remove();
    writeNumbered(next);
    if (next instanceof Frame.Open open) {
      OwnSession session = ownSessions.get(open.session());
      if (session != null) {
        session.written = true;
        if (session.signals() > 0) {
          signalDirty(session);
        }
      }
    }
    return true;
  }

  private boolean writeCall() {
    Sending call = ready.poll();
    if (call == null) {
      return false;
    }
    call.queued = false;
    switch (call.write()) {
      case WROTE -> ready(call);
      case IDLE -> {}
      case NO_CREDIT -> {
        if (!call.waitsForCredit) {
          call.waitsForCredit = true;
          waitingForCredit(call).add(call);
        }
      }
      case NO_ROOM -> {
        if (!call.waitsForRoom) {
          call.waitsForRoom = true;
          waitingForRoom.add(call);
        }
      }
    }
    return true;
  }

  private static ArrayDeque<Sending> waitingForCredit(Sending call) {
    return switch (call) {
      case OwnCall own -> own.session().waitingForCredit;
      case HostedCall hosted -> hosted.session().waitingForCredit;
    };
  }

  /// Numbers, keeps and sends a frame, and takes over its payload.
  void writeNumbered(Frame frame) {
    ByteBuf bytes = writer.write(outbox.nextNumber(), frame);
    driver.send(bytes.retainedDuplicate());
    outbox.add(bytes);
  }

  boolean hasRoom() {
    return outbox.hasRoom();
  }

  private void roomAgain() {
    if (outbox.hasRoom()) {
      for (Sending call; (call = waitingForRoom.poll()) != null; ) {
        call.waitsForRoom = false;
        ready(call);
      }
    }
    if (!control.isEmpty()) {
      driver.wake();
    }
  }

  private void creditAgain(ArrayDeque<Sending> waiting) {
    for (Sending call; (call = waiting.poll()) != null; ) {
      call.waitsForCredit = false;
      ready(call);
    }
  }

  /// The call may have something to write.
  void ready(Sending call) {
    if (!call.queued) {
      call.queued = true;
      ready.add(call);
      driver.wake();
    }
  }

  /// The source may have credit to give.
  void creditDirty(CreditSource source) {
    if (source.queueCredit()) {
      creditsDirty.add(source);
      driver.wake();
    }
  }

  void consumed(OwnSession session) {
    if (session.receiveWindow.worthGranting()) {
      creditDirty(session);
    }
  }

  void consumed(HostedSession session) {
    if (session.receiveWindow.worthGranting()) {
      creditDirty(session);
    }
  }

  void signalDirty(OwnSession session) {
    if (!session.signalQueued) {
      session.signalQueued = true;
      signalsDirty.add(session);
      driver.wake();
    }
  }

  /// Runs something once the present work is done, so that a listener is not called from within its
  /// own call.
  void later(Runnable action) {
    laters.add(action);
  }

  private void runLaters() {
    for (Runnable next; (next = laters.poll()) != null; ) {
      next.run();
    }
  }

  // ---- time -----------------------------------------------------------------------------------

  /// The time wished for with [LinkDriver#schedule] has come.
  public void timer() {
    scheduledNanos = TimerQueue.NEVER;
    timers.runDue(now());
    reschedule();
    driver.wake();
  }

  private void ping() {
    if (state != State.UP) {
      return;
    }
    if (pingsMissed == PINGS_MISSED_MAX) {
      counters.unanswered.increment();
      String reason = pingsMissed + " pings were not answered";
      driver.closeConnection(reason);
      disconnected(reason);
      return;
    }
    pingsMissed++;
    pingNonce++;
    pingSentNanos = now();
    if (received > acked) {
      writeAck();
    }
    driver.send(writer.write(0, new Frame.Ping(pingNonce, 0, 0)));
    driver.flush();
    pingTimer = after(settings.pingInterval(), this::ping);
  }

  long now() {
    return ticker.getAsLong();
  }

  TimerQueue.Timer after(Duration delay, Runnable action) {
    return at(now() + delay.toNanos(), action);
  }

  TimerQueue.Timer at(long atNanos, Runnable action) {
    TimerQueue.Timer timer = timers.schedule(atNanos, action);
    reschedule();
    return timer;
  }

  private void reschedule() {
    long next = timers.nextNanos();
    if (state != State.ENDED && next < scheduledNanos) {
      scheduledNanos = next;
      driver.schedule(next);
    }
  }

  private static void cancelTimer(TimerQueue.@Nullable Timer timer) {
    if (timer != null) {
      timer.cancel();
    }
  }

  /// A time that many microseconds later, or the end of time.
  static long plusUs(long nanos, long us) {
    return us < 0 || us > (Long.MAX_VALUE >> 12) ? Long.MAX_VALUE >> 1 : nanos + us * 1_000;
  }

  // ---- facts ----------------------------------------------------------------------------------

  /// Where the link is in its life.
  public State state() {
    return state;
  }

  boolean isUp() {
    return state == State.UP;
  }

  boolean peerDrains() {
    return peerDrains;
  }

  /// The link's id.
  public Id128 linkId() {
    return linkId;
  }

  /// The peer's epoch, null before the first Hello.
  public @Nullable Id128 peerEpoch() {
    return peerEpoch;
  }

  Limits peerLimits() {
    return peerLimits;
  }

  LinkSettings settings() {
    return settings;
  }

  SendRoom.Share sendRoom() {
    return sendRoom;
  }

  LinkCounters counters() {
    return counters;
  }

  /// Sessions opened by this side, living now.
  public int ownSessions() {
    return ownSessions.size();
  }

  /// Sessions hosted for the peer, living now.
  public int hostedSessions() {
    return hostedSessions.size();
  }

  /// Calls in either direction that are not over, tombstones included.
  public int calls() {
    return calls.size();
  }

  /// The number of the last frame that was taken over: only those that matter have one.
  public long received() {
    return received;
  }

  /// The last measured round trip, 0 before the first.
  public long roundTripNanos() {
    return roundTripNanos;
  }

  // ---- metadata -------------------------------------------------------------------------------

  /// The size of metadata as [Limits#metadataBytes()] counts it.
  static long metadataBytes(byte[][] metadata) {
    long bytes = 0;
    for (byte[] part : metadata) {
      bytes += part.length + METADATA_PAIR_COST / 2;
    }
    return bytes;
  }

  /// The trailers of a failure of our own, in wire form.
  static byte[][] trailers(Failure failure) {
    return new byte[][] {
      ascii(MetadataKeys.ORIGIN.name()),
      ascii("link"),
      ascii(MetadataKeys.OUTCOME.name()),
      ascii(failure.outcome().text())
    };
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// Every living session of this side; for closing them by reason.
  public List<OwnSession> sessions() {
    return new ArrayList<>(ownSessions.values());
  }
}

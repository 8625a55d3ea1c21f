package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionRequest;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// One engine whose peer, clock and connection are the test: what it sends is kept, what it
/// receives is written by hand. Nothing happens but what the test does.
///
/// The engine dials, so its ids are odd and the peer's are even.
final class EngineRig implements LinkDriver, AutoCloseable {
  static final SessionRequest REQUEST = SessionRequest.of("sim.Service", Label.of("app"));
  static final Id128 PEER_EPOCH = new Id128("0f".repeat(16));

  /// A frame that the engine sent.
  record Sent(long number, Frame frame, int payloadBytes) {}

  /// A session that waits for the gate.
  @SuppressWarnings("ArrayRecordComponent") // taken apart, never compared
  record Asked(HostedSession session, byte @Nullable [] token) {}

  final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  final LinkCounters counters;
  private final ArrayDeque<Runnable> laters;
  final SendRoom sendRoom;
  private final SendRoom.Share share;
  final LinkEngine engine;
  final List<Sent> sent = new ArrayList<>();
  final ArrayDeque<Asked> asked = new ArrayDeque<>();
  final RecordingHost host = new RecordingHost();
  private final Limits peerLimits;
  private final FrameReader reader = new FrameReader();
  private final FrameWriter writer = new FrameWriter(allocator);
  private final Random random = new Random(1);
  private long now = 1_000_000_000L;
  private long timerAt = Long.MAX_VALUE;
  private boolean awake;
  private int sendable = Integer.MAX_VALUE;
  boolean reading = true;
  private long peerNumber;
  String endReason = "";
  int closedConnections;

  EngineRig() {
    this(LinkSettings.DEFAULT, Limits.DEFAULT);
  }

  EngineRig(LinkSettings settings, Limits peerLimits) {
    this(settings, peerLimits, new LinkCounters());
  }

  EngineRig(LinkSettings settings, Limits peerLimits, LinkCounters counters) {
    this(settings, peerLimits, counters, new ArrayDeque<>());
  }

  private EngineRig(
      LinkSettings settings,
      Limits peerLimits,
      LinkCounters counters,
      ArrayDeque<Runnable> laters) {
    this(
        settings,
        peerLimits,
        counters,
        laters,
        new SendRoom(SendRoom.LEAST_BYTES, settings.limits().messageBytes(), laters::add));
  }

  private EngineRig(
      LinkSettings settings,
      Limits peerLimits,
      LinkCounters counters,
      ArrayDeque<Runnable> laters,
      SendRoom sendRoom) {
    this(settings, peerLimits, counters, laters, sendRoom, sendRoom.newShare());
  }

  private EngineRig(
      LinkSettings settings,
      Limits peerLimits,
      LinkCounters counters,
      ArrayDeque<Runnable> laters,
      SendRoom sendRoom,
      SendRoom.Share share) {
    this.peerLimits = peerLimits;
    this.counters = counters;
    this.laters = laters;
    this.sendRoom = sendRoom;
    this.share = share;
    engine =
        new LinkEngine(
            "rig",
            true,
            Id128.mint(random),
            Id128.mint(random),
            settings,
            share,
            counters,
            allocator,
            () -> now,
            this);
  }

  /// A rig that is connected.
  static EngineRig up() {
    return new EngineRig().connect();
  }

  /// A connected link of the same process, to another peer.
  EngineRig beside() {
    return new EngineRig(LinkSettings.DEFAULT, Limits.DEFAULT, new LinkCounters(), laters, sendRoom)
        .connect();
  }

  /// A further connected link of the same process to the same peer.
  EngineRig again() {
    return new EngineRig(
            LinkSettings.DEFAULT, Limits.DEFAULT, new LinkCounters(), laters, sendRoom, share)
        .connect();
  }

  static EngineRig up(Limits own, Limits peer) {
    return new EngineRig(settings(own), peer).connect();
  }

  static LinkSettings settings(Limits own) {
    LinkSettings all = LinkSettings.DEFAULT;
    return new LinkSettings(
        own,
        all.resumeWindow(),
        all.pingInterval(),
        all.openTimeout(),
        all.rerouteGrace(),
        all.drainTimeout());
  }

  // ---- the connection -------------------------------------------------------------------------

  /// Connects a fresh link.
  EngineRig connect() {
    engine.dialled(Id128.mint(random));
    return answer(false, 0, PEER_EPOCH);
  }

  /// Connects again.
  ///
  /// @param received the highest number that the peer has taken
  EngineRig resume(long received) {
    engine.dialled(Id128.mint(random));
    return answer(true, received, PEER_EPOCH);
  }

  /// The peer's Hello.
  EngineRig answer(boolean resume, long received, Id128 epoch) {
    return receive(
        new Frame.Hello(1, 1, epoch, engine.linkId(), resume, received, peerLimits, 0, 0));
  }

  /// The connection is lost.
  EngineRig cut() {
    engine.disconnected("cut");
    return settle();
  }

  /// The peer sends frames, rightly numbered.
  EngineRig receive(Frame... frames) {
    for (Frame frame : frames) {
      receiveNumbered(frame.kind().numbered() ? ++peerNumber : 0, frame);
    }
    return this;
  }

  /// The peer sends a frame with this number.
  EngineRig receiveNumbered(long number, Frame frame) {
    ByteBuf bytes = writer.write(number, frame);
    engine.frame(bytes);
    bytes.release();
    return settle();
  }

  /// The connection takes so many more frames.
  EngineRig writable(int frames) {
    sendable = frames;
    engine.pump();
    return settle();
  }

  /// Lets the engine do what it wants to do now.
  EngineRig settle() {
    while (awake || !laters.isEmpty()) {
      awake = false;
      engine.pump();
      for (Runnable task; (task = laters.poll()) != null; ) {
        task.run();
      }
    }
    return this;
  }

  /// Lets time pass, each timer at its time.
  EngineRig pass(Duration time) {
    long until = now + time.toNanos();
    while (timerAt <= until) {
      now = Math.max(now, timerAt);
      timerAt = Long.MAX_VALUE;
      engine.timer();
      settle();
    }
    now = until;
    return this;
  }

  long now() {
    return now;
  }

  long in(Duration time) {
    return now + time.toNanos();
  }

  // ---- what was sent --------------------------------------------------------------------------

  /// What was sent since the last time this was asked.
  List<Sent> takeSent() {
    List<Sent> taken = List.copyOf(sent);
    sent.clear();
    return taken;
  }

  /// The kinds of what was sent since the last time.
  List<FrameKind> takeKinds() {
    return takeSent().stream().map(one -> one.frame().kind()).toList();
  }

  /// The frames of one kind among all that is not yet taken.
  <F extends Frame> List<F> sent(Class<F> kind) {
    return sent.stream().map(Sent::frame).filter(kind::isInstance).map(kind::cast).toList();
  }

  // ---- sessions -------------------------------------------------------------------------------

  /// Opens a session.
  OwnSession open(OwnSession.Listener listener) {
    OwnSession session = engine.open(REQUEST, null, false, listener);
    settle();
    return session;
  }

  /// Opens a session that the peer allows.
  OwnSession opened() {
    OwnSession session = open(new RecordingSession());
    receive(new Frame.Opened(session.id, 0));
    takeSent();
    return session;
  }

  /// The peer opens a session, which is allowed.
  void hosts(long session) {
    hosts(session, Quota.DEFAULT, Duration.ofDays(1));
  }

  void hosts(long session, Quota quota, Duration life) {
    receive(new Frame.Open(session, "sim.Service", List.of("app"), 0, null));
    allow(quota, life);
    takeSent();
  }

  /// The gate says yes to the session that waits longest.
  void allow(Quota quota, Duration life) {
    engine.decided(
        asked.remove().session(), new GateAnswer.Yes(() -> host, quota, in(life), 1_234));
    settle();
  }

  void refuse(Failure failure) {
    engine.decided(asked.remove().session(), new GateAnswer.No(failure));
    settle();
  }

  /// Begins a call of one message, complete.
  RecordingCaller unary(OwnSession session, int requestBytes) {
    RecordingCaller caller = begin(session, null);
    caller.call().message(bytes(requestBytes));
    caller.call().halfClose();
    settle();
    return caller;
  }

  RecordingCaller begin(OwnSession session, @Nullable Long deadlineNanos) {
    return begin(session, "Say", LinkEngine.NO_METADATA, deadlineNanos);
  }

  RecordingCaller begin(
      OwnSession session, String method, byte[][] metadata, @Nullable Long deadlineNanos) {
    RecordingCaller caller = new RecordingCaller();
    caller.began(session.call(method, metadata, deadlineNanos, caller));
    return caller;
  }

  /// The peer's Call of one message, complete.
  Frame.Call call(long call, long session, int requestBytes) {
    return new Frame.Call(
        call, session, "Say", 0, LinkEngine.NO_METADATA, true, requestBytes, bytes(requestBytes));
  }

  /// The peer's Call without message.
  static Frame.Call bareCall(long call, long session, long timeoutUs) {
    return new Frame.Call(
        call,
        session,
        "Say",
        timeoutUs,
        LinkEngine.NO_METADATA,
        false,
        Frame.NO_LENGTH,
        Unpooled.EMPTY_BUFFER);
  }

  /// The peer's Return without message.
  static Frame.Return returned(long call, int code) {
    return new Frame.Return(
        call, code, "", null, LinkEngine.NO_METADATA, Frame.NO_LENGTH, Unpooled.EMPTY_BUFFER);
  }

  ByteBuf bytes(int length) {
    return allocator.directBuffer(Math.max(1, length)).writeZero(length);
  }

  // ---- effects --------------------------------------------------------------------------------

  @Override
  public void send(ByteBuf bytes) {
    Frame frame = reader.read(bytes);
    int payloadBytes =
        switch (frame) {
          case Frame.Call call -> call.payload().readableBytes();
          case Frame.Message message -> message.payload().readableBytes();
          case Frame.Return done -> done.payload().readableBytes();
          default -> 0;
        };
    FrameReader.releasePayload(frame);
    bytes.release();
    sent.add(new Sent(reader.number(), frame, payloadBytes));
    sendable--;
  }

  @Override
  public void flush() {}

  @Override
  public boolean isWritable() {
    return sendable > 0;
  }

  @Override
  public void setReading(boolean reading) {
    this.reading = reading;
  }

  @Override
  public void closeConnection(String reason) {
    closedConnections++;
  }

  @Override
  public void wake() {
    awake = true;
  }

  @Override
  public void schedule(long atNanos) {
    timerAt = atNanos;
  }

  @Override
  public void decide(HostedSession session, byte @Nullable [] token) {
    asked.add(new Asked(session, token));
  }

  @Override
  public void stateChanged(LinkEngine.State state, String reason) {
    endReason = reason;
  }

  @Override
  public void draining(Failure reason) {}

  /// Ends the link and sees that nothing is left behind.
  @Override
  public void close() {
    engine.end("test over");
    settle();
    assertEquals(0, engine.ownSessions() + engine.hostedSessions(), "sessions left");
    assertEquals(0, counters.bufferedBytes(), "buffered bytes left");
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes not released");
  }
}

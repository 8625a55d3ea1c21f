package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A call that this side began. Bound to the engine's thread.
///
/// It gets its id when its Call frame is written. It is over for its listener once `returned` was
/// called; it is over for the link once both terminal frames have passed: ours (HalfClose or
/// Cancel) and the callee's Return. In between it stays as a tombstone that keeps the session's
/// windows right.
public final class OwnCall extends Sending
    implements CreditSource, MessageReceiver.Grants, MessageSender.Owner {
  private final LinkEngine engine;
  private final OwnSession session;
  private final String method;
  private final CallListener.Caller listener;
  private final @Nullable Long deadlineNanos;
  private final MessageSender sender;
  private final MessageReceiver receiver;
  private byte @Nullable [][] metadata;
  private TimerQueue.@Nullable Timer deadlineTimer;
  private Frame.@Nullable Return pendingReturn;
  private long id;
  private int messagesSent;
  private boolean messageReceived;
  private boolean headersReceived;
  private boolean halfClosed;
  private boolean terminalWritten;
  private boolean cancelled;
  private boolean returned;
  private boolean listenerDone;
  private boolean over;
  private boolean creditQueued;

  /// Where it stands among its session's calls, -1 if it does not.
  int place = -1;

  OwnCall(
      LinkEngine engine,
      OwnSession session,
      String method,
      byte[][] metadata,
      @Nullable Long deadlineNanos,
      CallListener.Caller listener) {
    this.engine = engine;
    this.session = session;
    this.method = method;
    this.metadata = metadata;
    this.deadlineNanos = deadlineNanos;
    this.listener = listener;
    sender = new MessageSender(engine, this, session.sendWindow, session.waiting);
    receiver = engine.receiver(session.receiveWindow, session.room, this);
  }

  void start() {
    if (deadlineNanos != null) {
      deadlineTimer = engine.at(deadlineNanos, this::deadlineExceeded);
    }
    engine.ready(this);
  }

  private void deadlineExceeded() {
    tell(4, "deadline exceeded", LinkEngine.NO_METADATA);
    cancel();
  }

  // ---- the caller's side ----------------------------------------------------------------------

  /// Whether more messages should be given now.
  public boolean isReady() {
    return !listenerDone && sender.isReady();
  }

  /// Asks for that many more messages, at least 1.
  public void request(int messages) {
    if (!listenerDone) {
      receiver.request(messages);
      returnIfDrained();
    }
  }

  /// The reader keeps so many bytes of messages that it has received, as a relay does whose next
  /// leg does not take them: the session lets as many less begin. Negative: it has parted with
  /// them.
  public void keep(long bytes) {
    session.room.keep(bytes);
  }

  /// A long message is on its way here.
  ///
  /// @param room runs once there is room for it, if there is none now; never after [#withdraw()]
  /// @return whether there is room now
  public boolean announce(int bytes, Runnable room) {
    return !isFinished() && sender.announce(bytes, room);
  }

  /// What was announced and has not come does not come for now.
  public void withdraw() {
    sender.withdraw();
  }

  /// Sends a message and takes it over. A message over the peer's limit fails the call.
  public void message(ByteBuf message) {
    if (isFinished()) {
      message.release();
      return;
    }
    Failure refusal = engine.refuse(message, sender);
    if (refusal != null) {
      message.release();
      fail(refusal);
      return;
    }
    messagesSent++;
    sender.add(message);
    engine.ready(this);
  }

  private boolean isFinished() {
    return over || cancelled || halfClosed || returned;
  }

  /// Sends no further message.
  public void halfClose() {
    if (!halfClosed) {
      halfClosed = true;
      sender.end();
      engine.ready(this);
    }
  }

  /// Gives up: the listener hears nothing more.
  public void cancel() {
    listenerDone = true;
    stopTimer();
    if (over) {
      receiver.end();
      return;
    }
    if (cancelled) {
      return;
    }
    cancelled = true;
    sender.clear();
    receiver.discard();
    if (id == 0) {
      finish();
    } else {
      engine.ready(this);
    }
  }

  /// Ends it with a failure of our own.
  void fail(Failure failure) {
    tellFailure(failure);
    cancel();
  }

  /// Whatever the failure says of the outcome: what was never written was not executed.
  private void tellFailure(Failure failure) {
    Failure mine = id == 0 ? Failure.notExecuted(failure.kind(), failure.message()) : failure;
    tell(mine.kind().code().value(), mine.message(), LinkEngine.trailers(mine));
  }

  /// The peer's limits are known only now: does what waits keep to them?
  void limitsKnown() {
    Failure refusal = metadata == null ? null : engine.refuseMetadata("metadata", metadata, 0);
    if (refusal == null) {
      refusal = engine.refuseMessage(sender.longestBytes());
    }
    if (refusal != null) {
      fail(refusal);
    }
  }

  /// The session is over, and all its calls with it: nothing more is sent or received.
  void sessionOver(Failure failure) {
    over = true;
    sender.clear();
    engine.forget(id);
    if (pendingReturn != null) {
      return;
    }
    tellFailure(failure);
    stopTimer();
    receiver.end();
  }

  /// Whether it looks like a unary call: one request in full, no reply yet.
  boolean mayBeUnary() {
    return halfClosed && messagesSent <= 1 && !messageReceived;
  }

  // ---- writing --------------------------------------------------------------------------------

  @Override
  Turn write() {
    if (over) {
      return Turn.IDLE;
    }
    if (id == 0) {
      return cancelled ? Turn.IDLE : writeCall();
    }
    if (terminalWritten && !cancelled) {
      return Turn.IDLE;
    }
    if (cancelled) {
      return writeCancel();
    }
    return switch (sender.next()) {
      case CHUNK -> writeChunk();
      case SESSION_CREDIT -> Turn.NO_CREDIT;
      case CALL_CREDIT -> Turn.IDLE;
      case NOTHING -> halfClosed ? writeHalfClose() : Turn.IDLE;
    };
  }

  private Turn writeCall() {
    if (!session.written || !engine.hasRoom()) {
      return Turn.NO_ROOM;
    }
    if (engine.peerDrains()) {
      fail(Failure.notExecuted(Failure.Kind.DISCONNECTED, "link is draining"));
      return Turn.IDLE;
    }
    id = engine.begin(this);
    byte[][] headers = metadata == null ? LinkEngine.NO_METADATA : metadata;
    metadata = null;
    int length = Frame.NO_LENGTH;
    ByteBuf payload = Unpooled.EMPTY_BUFFER;
    if (sender.next() == MessageSender.Next.CHUNK) {
      length = sender.nextLength();
      payload = take();
    }
    terminalWritten = halfClosed && sender.isEmpty();
    engine.writeNumbered(
        new Frame.Call(
            id, session.id, method, timeoutUs(), headers, terminalWritten, length, payload));
    return Turn.WROTE;
  }

  private long timeoutUs() {
    return deadlineNanos == null ? 0 : Math.max(1, (deadlineNanos - engine.now()) / 1_000);
  }

  private Turn writeChunk() {
    if (!engine.hasRoom()) {
      return Turn.NO_ROOM;
    }
    int length = sender.nextLength();
    engine.writeNumbered(new Frame.Message(id, length, take()));
    return Turn.WROTE;
  }

  private ByteBuf take() {
    ByteBuf chunk = sender.take();
    if (sender.isReadyAgain()) {
      engine.later(this::readyAgain);
    }
    return chunk;
  }

  @Override
  public void readyAgain() {
    if (isReady()) {
      listener.ready();
    }
  }

  private Turn writeHalfClose() {
    if (!engine.hasRoom()) {
      return Turn.NO_ROOM;
    }
    terminalWritten = true;
    engine.writeNumbered(new Frame.HalfClose(id));
    finishIfBothEnded();
    return Turn.IDLE;
  }

  private Turn writeCancel() {
    terminalWritten = true;
    engine.writeNumbered(new Frame.Cancel(id));
    finishIfBothEnded();
    return Turn.IDLE;
  }

  // ---- reading --------------------------------------------------------------------------------

  void onCredit(Frame.Credit credit) {
    sender.grant(credit.bytes(), credit.longMessages());
    engine.ready(this);
  }

  void onHeaders(Frame.Headers headers) {
    checkHeaders();
    engine.checkMetadata(headers.metadata());
    if (!listenerDone) {
      listener.headers(headers.metadata());
    }
  }

  private void checkHeaders() {
    if (headersReceived || receiver.isWithinMessage()) {
      throw new WireException("headers of call " + id + " come twice or too late");
    }
    headersReceived = true;
  }

  void onMessage(int length, ByteBuf payload) {
    if (returned) {
      payload.release();
      throw new WireException("message of call " + id + " after its Return");
    }
    messageReceived = true;
    receiver.chunk(length, payload);
  }

  @Override
  public void received(ByteBuf message) {
    if (listenerDone) {
      message.release();
    } else {
      listener.message(message);
    }
  }

  void onReturn(Frame.Return done) {
    byte @Nullable [][] headers = done.headers();
    try {
      if (returned) {
        throw new WireException("second Return of call " + id);
      }
      engine.checkMetadata(done.trailers());
      if (headers != null) {
        onHeaders(new Frame.Headers(id, headers));
      }
    } catch (RuntimeException e) {
      done.payload().release();
      throw e;
    }
    if (done.length() != Frame.NO_LENGTH) {
      onMessage(done.length(), done.payload());
    }
    if (receiver.isWithinMessage()) {
      if (done.code() == 0) {
        throw new WireException("call " + id + " ends well within a message");
      }
      receiver.end();
    }
    returned = true;
    pendingReturn = done;
    sender.clear();
    returnIfDrained();
    if (!terminalWritten) {
      cancelled = true;
      engine.ready(this);
    }
    finishIfBothEnded();
  }

  private void returnIfDrained() {
    Frame.Return done = pendingReturn;
    if (done != null && (receiver.isDrained() || listenerDone)) {
      pendingReturn = null;
      tell(done.code(), done.description(), done.trailers());
    }
  }

  private void tell(int code, String description, byte[][] trailers) {
    if (!listenerDone) {
      listenerDone = true;
      stopTimer();
      listener.returned(code, description, trailers);
    }
  }

  private void stopTimer() {
    if (deadlineTimer != null) {
      deadlineTimer.cancel();
      deadlineTimer = null;
    }
  }

  // ---- the end --------------------------------------------------------------------------------

  private void finishIfBothEnded() {
    if (terminalWritten && returned) {
      finish();
    }
  }

  /// Both terminal frames have passed. What the reader has not asked for yet stays for it.
  private void finish() {
    if (!over) {
      over = true;
      if (listenerDone) {
        receiver.end();
      }
      engine.forget(id);
      session.callOver(this);
    }
  }

  OwnSession session() {
    return session;
  }

  @Override
  public boolean queueCredit() {
    boolean first = !creditQueued;
    creditQueued = true;
    return first;
  }

  @Override
  public Frame.@Nullable Credit takeCredit() {
    creditQueued = false;
    return over || !receiver.hasGranted() || id == 0
        ? null
        : new Frame.Credit(0, id, receiver.grantedBytes(), receiver.grantedLongMessages());
  }

  @Override
  public void callCredit() {
    if (!returned) {
      engine.creditDirty(this);
    }
  }

  @Override
  public void sessionConsumed() {
    engine.consumed(session);
  }
}

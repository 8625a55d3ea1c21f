package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A call that the peer began. Bound to the engine's thread.
///
/// It waits until its session is allowed, then begins at the session's host. It is over for the
/// link once our Return and the caller's terminal frame have passed; see [OwnCall].
public final class HostedCall extends Sending
    implements CreditSource, MessageReceiver.Grants, MessageSender.Owner {
  private static final int CANCELLED = 1;
  private static final int DEADLINE_EXCEEDED = 4;

  final long id;
  private final LinkEngine engine;
  private final HostedSession session;
  private final String method;
  private final byte[][] metadata;
  private final @Nullable Long deadlineNanos;
  private final MessageSender sender;
  private final MessageReceiver receiver;
  private TimerQueue.@Nullable Timer deadlineTimer;
  private CallListener.@Nullable Callee listener;
  private byte @Nullable [][] headers;
  private int requestedEarly;
  private boolean headersWritten;
  private boolean done;
  private int code;
  private String description = "";
  private byte[][] trailers = LinkEngine.NO_METADATA;
  private boolean returnWritten;
  private boolean halfClosed;
  private boolean halfCloseTold;
  private boolean callerEnded;
  private boolean listenerDone;
  private boolean over;
  private boolean creditQueued;
  int place;

  /// Whether it counts against its session's quota.
  boolean counted;

  HostedCall(LinkEngine engine, HostedSession session, Frame.Call call) {
    this.engine = engine;
    this.session = session;
    id = call.call();
    method = call.method();
    metadata = call.metadata();
    deadlineNanos =
        call.timeoutUs() == 0 ? null : (Long) LinkEngine.plusUs(engine.now(), call.timeoutUs());
    sender = new MessageSender(engine, this, session.sendWindow, session.waiting);
    receiver = engine.receiver(session.receiveWindow, session.room, this);
    if (deadlineNanos != null) {
      deadlineTimer = engine.at(deadlineNanos, () -> abort(DEADLINE_EXCEEDED, "deadline exceeded"));
    }
  }

  /// The session is allowed: the call begins.
  void begin(CallListener.Host host) {
    if (done) {
      return;
    }
    CallListener.Callee callee = host.begin(this, method, metadata, deadlineNanos);
    if (listenerDone) {
      return;
    }
    listener = callee;
    receiver.request(requestedEarly);
    tellHalfClose();
  }

  // ---- the callee's side ----------------------------------------------------------------------

  /// Whether more messages should be given now.
  public boolean isReady() {
    return !done && sender.isReady();
  }

  /// Asks for that many more messages, at least 1.
  public void request(int messages) {
    if (listener == null) {
      requestedEarly += messages;
    } else if (!listenerDone) {
      receiver.request(messages);
      tellHalfClose();
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
    return !done && sender.announce(bytes, room);
  }

  /// What was announced and has not come does not come for now.
  public void withdraw() {
    sender.withdraw();
  }

  /// Sends the headers; once, before any message. Headers over the peer's limit fail the call.
  public void headers(byte[][] headerMetadata) {
    if (done || headers != null) {
      return;
    }
    Failure refusal = engine.refuseMetadata("headers", headerMetadata, 0);
    if (refusal != null) {
      fail(refusal);
    } else {
      headers = headerMetadata;
      engine.ready(this);
    }
  }

  /// Sends a message and takes it over.
  public void message(ByteBuf message) {
    if (done) {
      message.release();
      return;
    }
    Failure refusal = engine.refuse(message, sender);
    if (refusal != null) {
      message.release();
      fail(refusal);
      return;
    }
    sender.add(message);
    engine.ready(this);
  }

  /// Ends the call, after the messages given before. Trailers and description over the peer's limit
  /// fail it.
  public void finish(int code, String description, byte[][] trailers) {
    if (done) {
      return;
    }
    Failure refusal =
        engine.refuseMetadata("trailers", trailers, ByteBufUtil.utf8Bytes(description));
    if (refusal != null) {
      fail(refusal);
    } else {
      end(code, description, trailers);
    }
  }

  private void end(int code, String description, byte[][] trailers) {
    if (!done) {
      done = true;
      this.code = code;
      this.description = description;
      this.trailers = trailers;
      stopTimer();
      sender.end();
      receiver.discard();
      engine.ready(this);
    }
  }

  /// Ends it with a failure of our own; messages not yet sent are dropped.
  public void fail(Failure failure) {
    sender.clear();
    end(failure.kind().code().value(), failure.message(), LinkEngine.trailers(failure));
  }

  // ---- writing --------------------------------------------------------------------------------

  @Override
  Turn write() {
    if (over || returnWritten) {
      return Turn.IDLE;
    }
    if (headers != null && !headersWritten && !returnsAtOnce()) {
      return writeHeaders();
    }
    return switch (sender.next()) {
      case CHUNK -> returnsAtOnce() ? writeReturn(true) : writeChunk();
      case SESSION_CREDIT -> Turn.NO_CREDIT;
      case CALL_CREDIT -> Turn.IDLE;
      case NOTHING -> !done ? Turn.IDLE : writeReturn(false);
    };
  }

  /// Whether all that is left fits into one Return.
  private boolean returnsAtOnce() {
    return done
        && (sender.isEmpty()
            || (sender.lastFitsOneChunk() && sender.next() == MessageSender.Next.CHUNK));
  }

  private Turn writeHeaders() {
    if (!engine.hasRoom()) {
      return Turn.NO_ROOM;
    }
    headersWritten = true;
    engine.writeNumbered(new Frame.Headers(id, headers == null ? LinkEngine.NO_METADATA : headers));
    return Turn.WROTE;
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
    CallListener.Callee callee = listener;
    if (callee != null && !listenerDone && isReady()) {
      callee.ready();
    }
  }

  private Turn writeReturn(boolean withMessage) {
    if (!done || (withMessage && !engine.hasRoom())) {
      return Turn.NO_ROOM;
    }
    int length = withMessage ? sender.nextLength() : Frame.NO_LENGTH;
    ByteBuf payload = withMessage ? sender.take() : Unpooled.EMPTY_BUFFER;
    returnWritten = true;
    engine.writeNumbered(
        new Frame.Return(
            id, code, description, headersWritten ? null : headers, trailers, length, payload));
    complete();
    finishIfBothEnded();
    return Turn.IDLE;
  }

  private void complete() {
    CallListener.Callee callee = listener;
    if (!listenerDone) {
      listenerDone = true;
      if (callee != null) {
        callee.completed();
      }
    }
  }

  // ---- reading --------------------------------------------------------------------------------

  void onCredit(Frame.Credit credit) {
    sender.grant(credit.bytes(), credit.longMessages());
    engine.ready(this);
  }

  void onMessage(int length, ByteBuf payload) {
    if (halfClosed || callerEnded) {
      payload.release();
      throw new WireException("message of call " + id + " after its end");
    }
    receiver.chunk(length, payload);
  }

  @Override
  public void received(ByteBuf message) {
    CallListener.Callee callee = listener;
    if (listenerDone || callee == null) {
      message.release();
    } else {
      callee.message(message);
      tellHalfClose();
    }
  }

  void onHalfClose() {
    if (halfClosed || callerEnded || receiver.isWithinMessage()) {
      throw new WireException("HalfClose of call " + id + " twice or within a message");
    }
    halfClosed = true;
    callerEnded = true;
    tellHalfClose();
    finishIfBothEnded();
  }

  private void tellHalfClose() {
    CallListener.Callee callee = listener;
    if (halfClosed && !halfCloseTold && !listenerDone && callee != null && receiver.isDrained()) {
      halfCloseTold = true;
      callee.halfClosed();
    }
  }

  void onCancel() {
    callerEnded = true;
    receiver.end();
    if (!done || !returnWritten) {
      abort(CANCELLED, "cancelled by the caller");
    }
    finishIfBothEnded();
  }

  /// Ends it from outside: the listener hears of it, the caller gets a bare status.
  private void abort(int code, String reason) {
    tellCancelled(code == DEADLINE_EXCEEDED, reason);
    sender.clear();
    if (!returnWritten) {
      done = false;
      end(code, reason, LinkEngine.NO_METADATA);
    }
  }

  private void tellCancelled(boolean deadline, String reason) {
    CallListener.Callee callee = listener;
    if (!listenerDone) {
      listenerDone = true;
      stopTimer();
      if (callee != null) {
        callee.cancelled(deadline, reason);
      }
    }
  }

  /// The session is over, and all its calls with it: nothing more is sent or received.
  void sessionOver(String reason) {
    over = true;
    // What the callee still says, not knowing it yet, is dropped.
    done = true;
    tellCancelled(false, reason);
    stopTimer();
    sender.clear();
    receiver.end();
    engine.forget(id);
  }

  private void stopTimer() {
    if (deadlineTimer != null) {
      deadlineTimer.cancel();
      deadlineTimer = null;
    }
  }

  private void finishIfBothEnded() {
    if (returnWritten && callerEnded && !over) {
      over = true;
      receiver.end();
      session.callOver(this);
      engine.forget(id);
    }
  }

  HostedSession session() {
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
    return over || !receiver.hasGranted()
        ? null
        : new Frame.Credit(0, id, receiver.grantedBytes(), receiver.grantedLongMessages());
  }

  @Override
  public void callCredit() {
    if (!callerEnded) {
      engine.creditDirty(this);
    }
  }

  @Override
  public void sessionConsumed() {
    engine.consumed(session);
  }
}

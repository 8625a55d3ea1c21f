package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Quota;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.Session.State;
import dev.farcap.session.SessionRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A session that this side opened. Bound to the engine's thread.
///
///     OPENING ──Opened──▶ ACTIVE ──close(REROUTED) or GoAway──▶ CLOSING ──▶ CLOSED
///        └── Refused, openTimeout, Closed, end of the link, close(UNUSED) ────▶ CLOSED
public final class OwnSession implements CreditSource {
  /// Told what becomes of the session.
  public interface Listener {
    /// The host has allowed it.
    void opened();

    /// No new calls; its user opens another one.
    void closing();

    /// It is over; exactly once, last.
    void closed(Failure failure);
  }

  /// Longest method name sent: as long as that of a service.
  private static final int METHOD_CHARS_MAX = SessionRequest.SERVICE_CHARS_MAX;

  final long id;
  final SendWindow sendWindow;
  final ReceiveWindow receiveWindow;
  final LongMessageRoom room = new LongMessageRoom();
  final WaitingBytes waiting;
  final List<OwnCall> calls = new ArrayList<>(0);
  final ArrayDeque<Sending> waitingForCredit = new ArrayDeque<>(0);
  private final LinkEngine engine;
  private boolean creditQueued;
  private final SessionRequest request;
  private final boolean failWhileDown;
  private final Listener listener;
  private final TimerQueue.Timer openTimer;
  private TimerQueue.@Nullable Timer graceTimer;
  private State state = State.OPENING;

  /// Why it was over before it was open; told to calls that come after, too.
  private @Nullable Failure unopened;

  private long signals;
  private Runnable drained = () -> {};
  boolean written;
  boolean signalQueued;

  OwnSession(
      LinkEngine engine,
      long id,
      SessionRequest request,
      boolean failWhileDown,
      Listener listener) {
    this.engine = engine;
    this.id = id;
    this.request = request;
    this.failWhileDown = failWhileDown;
    this.listener = listener;
    sendWindow = new SendWindow(0);
    waiting = new WaitingBytes(engine.sendRoom(), engine.counters(), Quota.DEFAULT.bufferedBytes());
    Limits limits = engine.settings().limits();
    receiveWindow = new ReceiveWindow(limits.sessionWindowBytes());
    room.add(Math.max(limits.sessionWindowBytes(), limits.messageBytes()));
    openTimer =
        engine.after(
            engine.settings().openTimeout(),
            () ->
                closeNow(
                    CloseReason.UNUSED,
                    gone(
                        "session was not opened within "
                            + engine.settings().openTimeout().toMillis()
                            + " ms")));
    if (engine.state() != LinkEngine.State.NEW) {
      limitsKnown();
    }
  }

  /// The peer has said what it accepts: what was begun before must keep to it too.
  void limitsKnown() {
    sendWindow.grant(engine.peerLimits().openingWindowBytes());
    List.copyOf(calls).forEach(OwnCall::limitsKnown);
  }

  /// What was asked for.
  public SessionRequest request() {
    return request;
  }

  /// Where it is in its life.
  public State state() {
    return state == State.ACTIVE && !engine.isUp() ? State.SUSPENDED : state;
  }

  /// Begins a call. Never fails here: a failure reaches the listener.
  ///
  /// @param method without the service
  /// @param deadlineNanos by the engine's clock, or null for none
  public OwnCall call(
      String method,
      byte[][] metadata,
      @Nullable Long deadlineNanos,
      CallListener.Caller callListener) {
    OwnCall call = new OwnCall(engine, this, method, metadata, deadlineNanos, callListener);
    Failure refusal = refusal(method, metadata);
    if (refusal == null) {
      call.place = calls.size();
      calls.add(call);
      call.start();
    } else {
      call.fail(refusal);
    }
    return call;
  }

  private @Nullable Failure refusal(String method, byte[][] metadata) {
    if (unopened != null) {
      return Failure.notExecuted(unopened.kind(), unopened.message());
    }
    if (state == State.CLOSING || state == State.CLOSED) {
      return Failure.notExecuted(Failure.Kind.DISCONNECTED, "session is " + state);
    }
    if (failWhileDown && !engine.isUp()) {
      return Failure.notExecuted(Failure.Kind.DISCONNECTED, "link is down");
    }
    if (method.length() > METHOD_CHARS_MAX) {
      return Failure.notExecuted(
          Failure.Kind.UNIMPLEMENTED,
          "method name of " + method.length() + " characters, limit " + METHOD_CHARS_MAX);
    }
    Failure tooMuch = engine.refuseMetadata("metadata", metadata, 0);
    if (tooMuch != null) {
      return tooMuch;
    }
    if (calls.size() >= LinkEngine.CALLS_PER_SESSION_MAX || !engine.hasRoomForCall()) {
      engine.counters().overloaded.increment();
      return Failure.notExecuted(
          Failure.Kind.OVERLOADED,
          calls.size() + " calls of the session are in flight; session or link is at its limit");
    }
    return null;
  }

  /// Counts edges.
  public void submit(long edges) {
    if (state != State.CLOSED) {
      signals += edges;
      engine.signalDirty(this);
    }
  }

  long signals() {
    return signals;
  }

  /// Presents a further token for this session.
  public void upgrade(byte[] token) {
    if (state != State.CLOSED) {
      engine.upgrade(this, token);
    }
  }

  /// Closes it; see [CloseReason] for what happens to calls in flight.
  public void close(CloseReason reason) {
    switch (reason) {
      case REROUTED -> drain(reason, "route has changed");
      case UNUSED, SHUTDOWN -> closeNow(reason, gone("session was closed: " + reason));
    }
  }

  private static Failure gone(String why) {
    return Failure.unknown(Failure.Kind.DISCONNECTED, why);
  }

  private void closeNow(CloseReason reason, Failure failure) {
    if (state != State.CLOSED) {
      engine.queueControl(new Frame.Close(id, reason));
      end(failure);
    }
  }

  /// Lets unary calls finish for a while, ends streams, then closes.
  void drain(CloseReason reason, String why) {
    if (state == State.CLOSING || state == State.CLOSED) {
      return;
    }
    state = State.CLOSING;
    openTimer.cancel();
    listener.closing();
    for (OwnCall call : List.copyOf(calls)) {
      if (!call.mayBeUnary()) {
        call.fail(gone(why));
      }
    }
    drained = () -> closeNow(reason, gone(why));
    if (calls.isEmpty()) {
      drained.run();
    } else {
      graceTimer = engine.after(engine.settings().rerouteGrace(), drained);
    }
  }

  void opened() {
    if (state == State.OPENING) {
      state = State.ACTIVE;
      openTimer.cancel();
      listener.opened();
    }
  }

  void callOver(OwnCall call) {
    if (call.place < 0) {
      return;
    }
    OwnCall last = calls.removeLast();
    if (last != call) {
      calls.set(call.place, last);
      last.place = call.place;
    }
    if (calls.isEmpty()) {
      drained.run();
    }
  }

  /// Ends it here: calls fail, nothing is sent.
  void end(Failure failure) {
    if (state == State.CLOSED) {
      return;
    }
    if (state == State.OPENING) {
      unopened = failure;
    }
    state = State.CLOSED;
    openTimer.cancel();
    if (graceTimer != null) {
      graceTimer.cancel();
    }
    drained = () -> {};
    for (OwnCall call : List.copyOf(calls)) {
      call.sessionOver(failure);
    }
    calls.clear();
    engine.forget(this);
    listener.closed(failure);
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
    return state == State.CLOSED ? null : new Frame.Credit(id, 0, receiveWindow.grant(), 0);
  }
}

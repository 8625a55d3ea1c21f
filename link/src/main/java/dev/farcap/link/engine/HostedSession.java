package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A session that the peer opened here. Bound to the engine's thread.
///
/// Until the gate has decided, its calls wait within the opening window. Afterwards a call costs
/// one lookup. It ends by the peer's Close, by [#end], or with the link.
public final class HostedSession implements CreditSource {
  final long id;
  final SendWindow sendWindow;
  final ReceiveWindow receiveWindow;
  final LongMessageRoom room = new LongMessageRoom();
  final WaitingBytes waiting;
  final ArrayDeque<Sending> waitingForCredit = new ArrayDeque<>(0);
  private final LinkEngine engine;
  private boolean creditQueued;
  private final SessionRequest request;
  private final List<HostedCall> calls = new ArrayList<>(0);
  private CallListener.@Nullable Host host;
  private Quota quota = Quota.DEFAULT;
  private TimerQueue.@Nullable Timer expiry;

  /// Calls that the host was given and that are not over.
  private int running;

  private long signals;
  private long signalsTold;
  private boolean over;

  HostedSession(LinkEngine engine, long id, SessionRequest request) {
    this.engine = engine;
    this.id = id;
    this.request = request;
    sendWindow = new SendWindow(engine.peerLimits().sessionWindowBytes());
    receiveWindow = new ReceiveWindow(engine.settings().limits().openingWindowBytes());
    waiting = new WaitingBytes(engine.sendRoom(), engine.counters(), quota.bufferedBytes());
  }

  /// Its number within the link, for names.
  public long number() {
    return id;
  }

  /// What the peer asked for.
  public SessionRequest request() {
    return request;
  }

  /// Whether it is over.
  public boolean isOver() {
    return over;
  }

  /// The gate said yes: waiting calls begin.
  ///
  /// @param expiresNanos by the engine's clock: when the session ends
  void accept(CallListener.Host newHost, Quota newQuota, long expiresNanos) {
    host = newHost;
    take(newQuota, expiresNanos);
    Limits limits = engine.settings().limits();
    long half = Math.min(limits.sessionWindowBytes(), quota.bufferedBytes() / 2);
    receiveWindow.widen(half);
    room.add(Math.max(half, limits.messageBytes()));
    engine.consumed(this);
    for (HostedCall call : List.copyOf(calls)) {
      begin(call, newHost);
    }
    tellSignals();
  }

  boolean isAccepted() {
    return host != null;
  }

  /// A further token was accepted.
  void renew(Quota newQuota, long expiresNanos) {
    take(newQuota, expiresNanos);
  }

  private void take(Quota newQuota, long expiresNanos) {
    quota = newQuota;
    waiting.quota(quota.bufferedBytes());
    if (expiry != null) {
      expiry.cancel();
    }
    expiry =
        engine.at(
            expiresNanos,
            () ->
                end(
                    Failure.unknown(
                        Failure.Kind.REFUSED, "the session's grant or certificate has expired")));
  }

  void onCall(Frame.Call frame) {
    if (calls.size() >= LinkEngine.CALLS_PER_SESSION_MAX) {
      frame.payload().release();
      throw new WireException(
          "more than " + LinkEngine.CALLS_PER_SESSION_MAX + " calls of a session");
    }
    try {
      engine.checkMetadata(frame.metadata());
    } catch (WireException e) {
      frame.payload().release();
      throw e;
    }
    HostedCall call = new HostedCall(engine, this, frame);
    call.place = calls.size();
    calls.add(call);
    engine.hosted(call);
    CallListener.Host present = host;
    if (present != null) {
      begin(call, present);
    }
    if (frame.length() == Frame.NO_LENGTH) {
      frame.payload().release();
    } else {
      call.onMessage(frame.length(), frame.payload());
    }
    if (frame.halfClose()) {
      call.onHalfClose();
    }
  }

  private void begin(HostedCall call, CallListener.Host present) {
    if (running >= quota.calls()) {
      engine.counters().overloaded.increment();
      call.fail(
          Failure.notExecuted(
              Failure.Kind.OVERLOADED, "the session has " + quota.calls() + " calls in flight"));
    } else {
      running++;
      call.counted = true;
      engine.counters().callsIn.increment();
      call.begin(present);
    }
  }

  void onSignal(long count) {
    signals = Math.max(signals, count);
    tellSignals();
  }

  private void tellSignals() {
    CallListener.Host present = host;
    if (present != null && signals > signalsTold) {
      signalsTold = signals;
      present.signalled(signals);
    }
  }

  void callOver(HostedCall call) {
    if (call.counted) {
      running--;
    }
    HostedCall last = calls.removeLast();
    if (last != call) {
      calls.set(call.place, last);
      last.place = call.place;
    }
  }

  boolean hasCalls() {
    return !calls.isEmpty();
  }

  /// Ends it from this side: no call starts any more, those in flight are cancelled, the peer
  /// learns the failure. No effect once it is over.
  public void end(Failure failure) {
    if (!over) {
      engine.queueControl(new Frame.Closed(id, failure));
      stop(failure.message());
    }
  }

  /// Ends it without telling the peer.
  void stop(String reason) {
    if (over) {
      return;
    }
    over = true;
    if (expiry != null) {
      expiry.cancel();
    }
    for (HostedCall call : List.copyOf(calls)) {
      call.sessionOver(reason);
    }
    calls.clear();
    engine.forget(this);
    CallListener.Host present = host;
    if (present != null) {
      present.closed(reason);
    }
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
    return over ? null : new Frame.Credit(id, 0, receiveWindow.grant(), 0);
  }
}

package dev.farcap.door;

import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import dev.farcap.session.Failure;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/// Counts a door's calls, refuses those over the bound, ties each to its stream's [Arrivals], and
/// puts the [Caller] into the context of the services that want it. On the door's loop only.
final class CallBound implements ServerInterceptor {
  private final String origin;
  private final DoorLimits limits;
  private final Arrivals arrivals;
  private final DoorCounters counters;
  private int open;

  CallBound(String origin, DoorLimits limits, Arrivals arrivals, DoorCounters counters) {
    this.origin = origin;
    this.limits = limits;
    this.arrivals = arrivals;
    this.counters = counters;
  }

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Caller caller = call.getAttributes().get(Caller.ATTRIBUTE);
    Failure refusal = refusal(caller);
    if (refusal != null) {
      call.close(refusal.status(), refusal.trailers(origin));
      return new ServerCall.Listener<>() {};
    }
    open++;
    counters.calls.increment();
    counters.callsOpen.increment();
    Context context = Context.current().withValue(Caller.CONTEXT, caller);
    boolean started = false;
    try {
      ServerCall.Listener<Q> listener =
          new Counted<>(
              Contexts.interceptCall(
                  context, new DoorCall<>(call, arrivals.current()), headers, next));
      started = true;
      return listener;
    } finally {
      if (!started) {
        ended();
      }
    }
  }

  private @Nullable Failure refusal(@Nullable Caller caller) {
    if (caller == null) {
      return Failure.notExecuted(Failure.Kind.FAILED, "connection is not known to the door");
    }
    if (open < limits.calls()) {
      return null;
    }
    counters.refusedCalls.increment();
    return Failure.notExecuted(
        Failure.Kind.OVERLOADED, "door has " + limits.calls() + " calls in flight, its limit");
  }

  private void ended() {
    open--;
    counters.callsOpen.decrement();
  }

  /// Knows the stream that its requests come from.
  private static final class DoorCall<Q, R> extends SimpleForwardingServerCall<Q, R>
      implements LongMessageSource {
    private final LongMessageSource stream;

    DoorCall(ServerCall<Q, R> call, LongMessageSource stream) {
      super(call);
      this.stream = stream;
    }

    @Override
    public void leadsTo(LongMessageTaker taker) {
      stream.leadsTo(taker);
    }
  }

  private final class Counted<Q> extends SimpleForwardingServerCallListener<Q> {
    Counted(ServerCall.Listener<Q> listener) {
      super(listener);
    }

    @Override
    public void onCancel() {
      ended();
      super.onCancel();
    }

    @Override
    public void onComplete() {
      ended();
      super.onComplete();
    }
  }
}

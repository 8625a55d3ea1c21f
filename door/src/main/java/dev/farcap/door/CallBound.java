package dev.farcap.door;

import dev.farcap.session.Failure;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/// Counts a door's calls, refuses those over the bound, and puts the [Caller] into the context of
/// the services that want it. On the door's loop only.
final class CallBound implements ServerInterceptor {
  private final String origin;
  private final DoorLimits limits;
  private final DoorCounters counters;
  private int open;

  CallBound(String origin, DoorLimits limits, DoorCounters counters) {
    this.origin = origin;
    this.limits = limits;
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
          new Counted<>(Contexts.interceptCall(context, call, headers, next));
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

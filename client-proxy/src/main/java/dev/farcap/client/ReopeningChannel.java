package dev.farcap.client;

import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionOpener;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A channel that opens its session when a call needs one and there is none that takes calls. Any
/// thread.
final class ReopeningChannel extends Channel {
  private final SessionOpener opener;
  private final SessionRequest request;
  private final AtomicInteger calls = new AtomicInteger();
  private @Nullable Session session;
  private boolean retired;

  ReopeningChannel(SessionOpener opener, SessionRequest request) {
    this.opener = opener;
    this.request = request;
  }

  /// The session for the next call.
  ///
  /// @throws StatusRuntimeException if it cannot be opened here and now
  synchronized Session session() {
    Session present = session;
    if (present == null || !takesCalls(present)) {
      present = opener.open(request);
      session = present;
    }
    return present;
  }

  private static boolean takesCalls(Session session) {
    return switch (session.state()) {
      case OPENING, ACTIVE, SUSPENDED -> true;
      case CLOSING, CLOSED -> false;
    };
  }

  /// Whether a call is in flight.
  boolean isBusy() {
    return calls.get() > 0;
  }

  /// Closes the session. A later call opens another one, which is closed after the last call: what
  /// still holds the channel has something to deliver.
  synchronized void retire(CloseReason reason) {
    retired = true;
    if (session != null) {
      session.close(reason);
      session = null;
    }
  }

  private synchronized void callOver() {
    if (calls.decrementAndGet() == 0 && retired) {
      retire(CloseReason.UNUSED);
    }
  }

  @Override
  public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
    try {
      return new Counted<>(session().channel().newCall(method, options));
    } catch (StatusRuntimeException refused) {
      return new Refused<>(refused);
    }
  }

  @Override
  public String authority() {
    return request.service();
  }

  /// A call that is counted from its start to its end.
  private final class Counted<Q, R> extends SimpleForwardingClientCall<Q, R> {
    Counted(ClientCall<Q, R> call) {
      super(call);
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      calls.incrementAndGet();
      super.start(
          new SimpleForwardingClientCallListener<>(listener) {
            @Override
            public void onClose(Status status, Metadata trailers) {
              callOver();
              super.onClose(status, trailers);
            }
          },
          headers);
    }
  }

  /// A call that could not begin.
  private static final class Refused<Q, R> extends ClientCall<Q, R> {
    private final StatusRuntimeException reason;

    Refused(StatusRuntimeException reason) {
      this.reason = reason;
    }

    @Override
    public void start(Listener<R> listener, Metadata headers) {
      listener.onClose(
          reason.getStatus(), Objects.requireNonNullElseGet(reason.getTrailers(), Metadata::new));
    }

    @Override
    public void request(int messages) {}

    @Override
    public void cancel(@Nullable String message, @Nullable Throwable cause) {}

    @Override
    public void halfClose() {}

    @Override
    public void sendMessage(Q message) {}
  }
}

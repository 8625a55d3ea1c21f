package dev.farcap.server;

import dev.farcap.link.LongMessageSource;
import dev.farcap.link.LongMessageTaker;
import dev.farcap.session.Failure;
import dev.farcap.session.MetadataKeys;
import io.grpc.ClientCall;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.ForwardingClientCallListener.SimpleForwardingClientCallListener;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A call to a server: waits for it to be up, and gives failures of the leg their name.
final class BackendCall<Q, R> extends SimpleForwardingClientCall<Q, R>
    implements LongMessageSource {
  private final String method;
  private final Attempt attempt;
  private final BackendChannel channel;
  private @Nullable Future<?> timeout;
  private boolean timedOut;

  BackendCall(ClientCall<Q, R> call, String method, Attempt attempt, BackendChannel channel) {
    super(call);
    this.method = method;
    this.attempt = attempt;
    this.channel = channel;
  }

  @Override
  public void leadsTo(LongMessageTaker taker) {
    attempt.leadsTo(taker);
  }

  @Override
  public void start(Listener<R> listener, Metadata headers) {
    super.start(new Named(listener), headers);
    if (!attempt.isConnected()) {
      channel.waits();
      timeout =
          channel
              .loop()
              .schedule(
                  this::giveUp, channel.config().openTimeout().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void giveUp() {
    if (!attempt.isConnected()) {
      timedOut = true;
      cancel("server is not up", null);
    }
    waitsNoLonger();
  }

  private void waitsNoLonger() {
    if (timeout != null) {
      timeout.cancel(false);
      timeout = null;
      channel.waitsNoLonger();
    }
  }

  /// Drops what the server says under our keys, and says what happened on the way.
  private final class Named extends SimpleForwardingClientCallListener<R> {
    private final Listener<R> listener;

    Named(Listener<R> listener) {
      super(listener);
      this.listener = listener;
    }

    @Override
    public void onHeaders(Metadata headers) {
      MetadataKeys.strip(headers);
      listener.onHeaders(headers);
    }

    @Override
    public void onReady() {
      waitsNoLonger();
      listener.onReady();
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      waitsNoLonger();
      MetadataKeys.strip(trailers);
      if (attempt.isAnswered()) {
        listener.onClose(status, trailers);
      } else {
        note(status);
        listener.onClose(coarse(status), ownTrailers());
      }
    }

    private void note(Status status) {
      Status.Code code = status.getCode();
      if (!attempt.isConnected() && (timedOut || code != Status.Code.CANCELLED)) {
        channel.unreached();
      } else if (code != Status.Code.CANCELLED && code != Status.Code.DEADLINE_EXCEEDED) {
        channel.failed(method, status.toString());
      }
    }

    private Metadata ownTrailers() {
      Failure.Outcome outcome =
          attempt.isSent() ? Failure.Outcome.UNKNOWN : Failure.Outcome.NOT_EXECUTED;
      return new Failure(Failure.Kind.FAILED, outcome, "").trailers(BackDoor.ORIGIN);
    }

    /// What the peer may know: not where the server is.
    private Status coarse(Status status) {
      if (timedOut) {
        return Status.UNAVAILABLE.withDescription("server is not up");
      }
      return switch (status.getCode()) {
        case UNAVAILABLE -> Status.UNAVAILABLE.withDescription("server is not reachable");
        case DEADLINE_EXCEEDED -> Status.DEADLINE_EXCEEDED.withDescription("deadline exceeded");
        case RESOURCE_EXHAUSTED, CANCELLED -> status.withCause(null);
        default -> status.getCode().toStatus().withDescription("server broke the protocol");
      };
    }
  }
}

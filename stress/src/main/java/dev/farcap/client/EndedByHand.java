package dev.farcap.client;

import dev.farcap.session.Failure;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A session without link: active until it is closed, its calls are over as soon as they start.
final class EndedByHand implements Session {
  private final SessionRequest request;
  private volatile State state = State.ACTIVE;

  EndedByHand(SessionRequest request) {
    this.request = request;
  }

  @Override
  public SessionRequest request() {
    return request;
  }

  @Override
  public State state() {
    return state;
  }

  @Override
  public Channel channel() {
    return new Channel() {
      @Override
      public <Q, R> ClientCall<Q, R> newCall(MethodDescriptor<Q, R> method, CallOptions options) {
        return new Over<>();
      }

      @Override
      public String authority() {
        return request.service();
      }
    };
  }

  @Override
  public void submit() {}

  @Override
  public void onClosed(Consumer<Failure> listener) {}

  @Override
  public @Nullable Failure failure() {
    return null;
  }

  @Override
  public void close(CloseReason reason) {
    state = State.CLOSED;
  }

  private static final class Over<Q, R> extends ClientCall<Q, R> {
    @Override
    public void start(Listener<R> listener, Metadata headers) {
      listener.onClose(Status.OK, new Metadata());
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

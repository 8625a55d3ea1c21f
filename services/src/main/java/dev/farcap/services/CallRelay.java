package dev.farcap.services;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.Status;
import java.util.concurrent.atomic.AtomicBoolean;

/// Passes the calls of one method on to a channel, for stand-ins that leave a method as it is.
///
/// One message is on the way in each direction: the next is asked for when the other side takes it.
/// Calls of both listeners may overlap; each direction has its own flag.
///
/// @param <Q> request
/// @param <A> reply
public final class CallRelay<Q, A> implements ServerCallHandler<Q, A> {
  private final Channel channel;
  private final MethodDescriptor<Q, A> method;

  /// @param channel where the calls go
  public CallRelay(Channel channel, MethodDescriptor<Q, A> method) {
    this.channel = channel;
    this.method = method;
  }

  @Override
  public ServerCall.Listener<Q> startCall(ServerCall<Q, A> front, Metadata headers) {
    ClientCall<Q, A> back = channel.newCall(method, CallOptions.DEFAULT);
    AtomicBoolean frontWaits = new AtomicBoolean();
    AtomicBoolean backWaits = new AtomicBoolean();
    back.start(new BackListener<>(front, back, frontWaits, backWaits), headers);
    back.request(1);
    front.request(1);
    return new FrontListener<>(front, back, frontWaits, backWaits);
  }

  private static final class FrontListener<Q, A> extends ServerCall.Listener<Q> {
    private final ServerCall<Q, A> front;
    private final ClientCall<Q, A> back;
    private final AtomicBoolean frontWaits;
    private final AtomicBoolean backWaits;

    FrontListener(
        ServerCall<Q, A> front,
        ClientCall<Q, A> back,
        AtomicBoolean frontWaits,
        AtomicBoolean backWaits) {
      this.front = front;
      this.back = back;
      this.frontWaits = frontWaits;
      this.backWaits = backWaits;
    }

    @Override
    public void onMessage(Q message) {
      back.sendMessage(message);
      frontWaits.set(true);
      // Asked after the flag is set: becoming ready in between is seen by one of the two.
      if (back.isReady() && frontWaits.getAndSet(false)) {
        front.request(1);
      }
    }

    @Override
    public void onHalfClose() {
      back.halfClose();
    }

    @Override
    public void onCancel() {
      back.cancel("the caller cancelled", null);
    }

    @Override
    public void onReady() {
      if (backWaits.getAndSet(false)) {
        back.request(1);
      }
    }
  }

  private static final class BackListener<Q, A> extends ClientCall.Listener<A> {
    private final ServerCall<Q, A> front;
    private final ClientCall<Q, A> back;
    private final AtomicBoolean frontWaits;
    private final AtomicBoolean backWaits;

    BackListener(
        ServerCall<Q, A> front,
        ClientCall<Q, A> back,
        AtomicBoolean frontWaits,
        AtomicBoolean backWaits) {
      this.front = front;
      this.back = back;
      this.frontWaits = frontWaits;
      this.backWaits = backWaits;
    }

    @Override
    public void onHeaders(Metadata headers) {
      front.sendHeaders(headers);
    }

    @Override
    public void onMessage(A message) {
      front.sendMessage(message);
      backWaits.set(true);
      if (front.isReady() && backWaits.getAndSet(false)) {
        back.request(1);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      front.close(status, trailers);
    }

    @Override
    public void onReady() {
      if (frontWaits.getAndSet(false)) {
        front.request(1);
      }
    }
  }
}

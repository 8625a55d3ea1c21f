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
    Relayed<Q, A> call = new Relayed<>(front, channel.newCall(method, CallOptions.DEFAULT));
    call.back.start(call.new BackListener(), headers);
    call.back.request(1);
    front.request(1);
    return call.new FrontListener();
  }

  /// One call: what each of its listeners knows of the other side.
  private static final class Relayed<Q, A> {
    private final ServerCall<Q, A> front;
    private final ClientCall<Q, A> back;
    private final AtomicBoolean frontWaits = new AtomicBoolean();
    private final AtomicBoolean backWaits = new AtomicBoolean();

    Relayed(ServerCall<Q, A> front, ClientCall<Q, A> back) {
      this.front = front;
      this.back = back;
    }

    private final class FrontListener extends ServerCall.Listener<Q> {
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

    private final class BackListener extends ClientCall.Listener<A> {
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
}

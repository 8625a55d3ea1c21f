package dev.farcap.signals;

import com.google.protobuf.ByteString;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionException;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import dev.farcap.signal.v1.CreateRequest;
import dev.farcap.signal.v1.Delivery;
import dev.farcap.signal.v1.ReceiveRequest;
import dev.farcap.signal.v1.SignalsGrpc;
import dev.farcap.signal.v1.SubmitReply;
import dev.farcap.signal.v1.SubmitRequest;
import io.grpc.Channel;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// Signals for a program that has a channel to a proxy: at a front door, or at the `local` listener.
///
///     SignalPort signals = new ChannelSignals(channel);
///     TimerSession.Client timer = TimerSession.client(channel, signals, label);
///
/// A context lives as long as its Receive stream: when that ends, because the proxy or the connection
/// has, the handler runs once more and the context is dead.
///
/// A transmitter has at most one Submit under way; what is raised meanwhile makes one more after it.
/// If the proxy is away it waits for it, so that the newest edge is not lost. Thread-safe.
public final class ChannelSignals implements SignalPort {
  /// Between two attempts to raise a context while the proxy refuses.
  private static final long AGAIN_MS = 100;

  /// How long making a context may take: the proxy is on this host.
  private static final long CREATE_S = 10;

  private final Channel channel;

  /// @param channel to a proxy on this host; need not carry a label
  public ChannelSignals(Channel channel) {
    this.channel = channel;
  }

  /// Waits for the proxy.
  ///
  /// @param passedTo at a front door the label as the program asks for it, at a `local` listener
  ///   the effective label of the session
  @Override
  public SignalContext create(SessionRequest passedTo, LongConsumer handler) {
    CreateRequest request =
        CreateRequest.newBuilder()
            .setService(passedTo.service())
            .setLabel(passedTo.label().toString())
            .build();
    try {
      ByteString reference =
          SignalsGrpc.newBlockingStub(channel)
              .withDeadlineAfter(CREATE_S, TimeUnit.SECONDS)
              .create(request)
              .getReference();
      return Received.begin(channel, reference, handler);
    } catch (StatusRuntimeException e) {
      throw SessionException.of(e.getStatus(), e.getTrailers());
    }
  }

  @Override
  public SignalTransmitter transmitter(ObjectRef context) {
    return new Raising(channel, ByteString.copyFrom(context.toBytes()));
  }

  /// A context, and the stream that keeps it alive. Deliveries come one at a time.
  private static final class Received
      implements SignalContext, ClientResponseObserver<ReceiveRequest, Delivery> {
    private final ObjectRef reference;
    private final LongConsumer handler;
    private final AtomicBoolean dead = new AtomicBoolean();
    private volatile @Nullable ClientCallStreamObserver<ReceiveRequest> call;

    private Received(ByteString reference, LongConsumer handler) {
      this.reference = ObjectRef.parse(reference.toByteArray());
      this.handler = handler;
    }

    static Received begin(Channel channel, ByteString reference, LongConsumer handler) {
      Received context = new Received(reference, handler);
      ReceiveRequest request = ReceiveRequest.newBuilder().setReference(reference).build();
      // Not as a part of the call in which this may run: it would end with that.
      Context.ROOT.run(() -> SignalsGrpc.newStub(channel).receive(request, context));
      return context;
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<ReceiveRequest> begun) {
      call = begun;
    }

    @Override
    public void onNext(Delivery delivery) {
      if (!dead.get()) {
        handler.accept(delivery.getEdges());
      }
    }

    @Override
    public void onError(Throwable t) {
      ended();
    }

    @Override
    public void onCompleted() {
      ended();
    }

    /// What was raised and not delivered is told now, for all cases.
    private void ended() {
      if (!dead.getAndSet(true)) {
        handler.accept(1);
      }
    }

    @Override
    public ObjectRef reference() {
      return reference;
    }

    @Override
    public boolean isDead() {
      return dead.get();
    }

    @Override
    public void close() {
      ClientCallStreamObserver<ReceiveRequest> running = call;
      if (!dead.getAndSet(true) && running != null) {
        running.cancel("the context was closed", null);
      }
    }
  }

  /// Raises one context.
  private static final class Raising implements SignalTransmitter, StreamObserver<SubmitReply> {
    private final Channel channel;
    private final SubmitRequest request;
    private boolean underWay;
    private boolean raisedMeanwhile;
    private boolean closed;

    Raising(Channel channel, ByteString reference) {
      this.channel = channel;
      request = SubmitRequest.newBuilder().setReference(reference).build();
    }

    @Override
    public synchronized void submit() {
      if (underWay) {
        raisedMeanwhile = true;
      } else if (!closed) {
        underWay = true;
        raise();
      }
    }

    private void raise() {
      Context.ROOT.run(() -> SignalsGrpc.newStub(channel).withWaitForReady().submit(request, this));
    }

    @Override
    public void onNext(SubmitReply reply) {}

    @Override
    public synchronized void onCompleted() {
      underWay = raisedMeanwhile;
      raisedMeanwhile = false;
      if (underWay) {
        raise();
      }
    }

    @Override
    public synchronized void onError(Throwable t) {
      boolean again =
          switch (Status.fromThrowable(t).getCode()) {
            case UNAVAILABLE, RESOURCE_EXHAUSTED -> !closed;
            default -> false;
          };
      if (again) {
        // Also for what was raised meanwhile.
        raisedMeanwhile = false;
        CompletableFuture.delayedExecutor(AGAIN_MS, TimeUnit.MILLISECONDS).execute(this::again);
      } else {
        closed = true;
      }
    }

    private synchronized void again() {
      if (!closed) {
        raise();
      }
    }

    /// A proxy does not tell; here it is dead only if it cannot be raised at all.
    @Override
    public synchronized boolean isDead() {
      return closed;
    }

    /// What is under way arrives if the proxy is there.
    @Override
    public synchronized void close() {
      closed = true;
    }
  }
}

package dev.farcap.signals;

import com.google.protobuf.ByteString;
import dev.farcap.session.Label;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import dev.farcap.signal.v1.CreateReply;
import dev.farcap.signal.v1.CreateRequest;
import dev.farcap.signal.v1.Delivery;
import dev.farcap.signal.v1.ReceiveRequest;
import dev.farcap.signal.v1.SignalsGrpc;
import dev.farcap.signal.v1.SubmitReply;
import dev.farcap.signal.v1.SubmitRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Creates, delivers and raises signals for the programs at one listener.
public final class SignalsService extends SignalsGrpc.SignalsImplBase {
  private static final long RECEIVE_TIMEOUT_S = 10;

  private final SignalPort port;
  private final UnaryOperator<Label> wireLabel;
  private final ScheduledExecutorService timer;
  private final int contextsMax;
  private final Map<ByteString, Receiver> receivers = new ConcurrentHashMap<>();
  private final Transmitters transmitters;

  /// @param port where signals live
  /// @param wireLabel turns the label a program asked for into the one that routes know: the front
  ///   door puts its listener's name in front, a `local` listener changes nothing
  /// @param timer ends contexts that nobody receives
  /// @param contextsMax of this listener at a time; one more is refused
  public SignalsService(
      SignalPort port,
      UnaryOperator<Label> wireLabel,
      ScheduledExecutorService timer,
      int contextsMax) {
    this.port = port;
    this.wireLabel = wireLabel;
    this.timer = timer;
    this.contextsMax = contextsMax;
    transmitters = new Transmitters(port);
  }

  @Override
  public void create(CreateRequest request, StreamObserver<CreateReply> reply) {
    try {
      ByteString reference = create(request);
      reply.onNext(CreateReply.newBuilder().setReference(reference).build());
      reply.onCompleted();
    } catch (IllegalArgumentException e) {
      reply.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
    } catch (StatusRuntimeException e) {
      reply.onError(e);
    }
  }

  private ByteString create(CreateRequest request) {
    Label label = wireLabel.apply(Label.parse(request.getLabel()));
    SessionRequest passedTo = SessionRequest.of(request.getService(), label);
    if (receivers.size() >= contextsMax) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("this listener has " + contextsMax + " signal contexts, its limit")
          .asRuntimeException();
    }
    Receiver receiver = new Receiver();
    SignalPort.SignalContext context = port.create(passedTo, receiver::raised);
    ByteString reference = ByteString.copyFrom(context.reference().toBytes());
    receiver.begin(context, () -> receivers.remove(reference));
    receivers.put(reference, receiver);
    var _ = timer.schedule(receiver::closeIfNobodyReceives, RECEIVE_TIMEOUT_S, TimeUnit.SECONDS);
    return reference;
  }

  @Override
  public void receive(ReceiveRequest request, StreamObserver<Delivery> deliveries) {
    Receiver receiver = receivers.get(request.getReference());
    if (receiver == null) {
      deliveries.onError(
          Status.NOT_FOUND
              .withDescription("there is no such signal context at this listener")
              .asRuntimeException());
    } else if (!receiver.receive((ServerCallStreamObserver<Delivery>) deliveries)) {
      deliveries.onError(
          Status.ALREADY_EXISTS
              .withDescription("the signal context is being received already")
              .asRuntimeException());
    }
  }

  @Override
  public void submit(SubmitRequest request, StreamObserver<SubmitReply> reply) {
    ObjectRef reference;
    try {
      reference = ObjectRef.parse(request.getReference().toByteArray());
    } catch (IllegalArgumentException e) {
      reply.onError(Status.INVALID_ARGUMENT.withDescription(e.getMessage()).asRuntimeException());
      return;
    }
    transmitters.to(reference).submit();
    reply.onNext(SubmitReply.getDefaultInstance());
    reply.onCompleted();
  }

  /// Contexts that programs at this listener have, for metrics.
  public int contexts() {
    return receivers.size();
  }

  /// One context and the stream that keeps it alive. Edges wait in one number while the stream is
  /// not ready.
  private static final class Receiver {
    private SignalPort.@Nullable SignalContext context;
    private Runnable whenClosed = () -> {};
    private @Nullable ServerCallStreamObserver<Delivery> stream;
    private boolean closed;
    private long pending;

    synchronized void begin(SignalPort.SignalContext newContext, Runnable closing) {
      context = newContext;
      whenClosed = closing;
    }

    synchronized boolean receive(ServerCallStreamObserver<Delivery> newStream) {
      if (stream != null || closed) {
        return false;
      }
      stream = newStream;
      newStream.setOnCancelHandler(this::close);
      newStream.setOnReadyHandler(this::deliver);
      deliver();
      return true;
    }

    synchronized void raised(long edges) {
      pending += edges;
      deliver();
    }

    private synchronized void deliver() {
      ServerCallStreamObserver<Delivery> target = stream;
      if (pending > 0 && target != null && target.isReady() && !target.isCancelled()) {
        long edges = pending;
        pending = 0;
        target.onNext(Delivery.newBuilder().setEdges(edges).build());
      }
    }

    synchronized void closeIfNobodyReceives() {
      if (stream == null) {
        close();
      }
    }

    private synchronized void close() {
      SignalPort.SignalContext mine = context;
      if (!closed && mine != null) {
        closed = true;
        mine.close();
        whenClosed.run();
      }
    }
  }
}

package dev.farcap.link;

import dev.farcap.link.engine.CallListener;
import dev.farcap.link.engine.OwnCall;
import dev.farcap.session.Failure;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A gRPC call over a session.
///
/// On the link's loop every operation runs at once. From other threads operations hop there; those
/// of a call that sends one message are held until it is complete, so that a unary call costs one
/// hop.
final class LinkClientCall<Q, R> extends ClientCall<Q, R>
    implements CallListener.Caller, Kept, LongMessageTaker {
  private static final Logger LOG = LoggerFactory.getLogger(LinkClientCall.class);
  private static final Metadata.Key<String> ENCODING =
      Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

  private final LinkSession session;
  private final MethodDescriptor<Q, R> method;
  private final CallOptions options;
  private final @Nullable Executor executor;
  private final EventLoop loop;
  private final Context context = Context.current();
  private @Nullable Hopping hopping;
  private volatile @Nullable Held held;
  private @Nullable Listener<R> listener;
  private Context.@Nullable CancellationListener contextListener;
  private volatile boolean ready = true;
  // On the loop only.
  private @Nullable OwnCall call;
  private boolean closed;

  LinkClientCall(
      LinkSession session,
      MethodDescriptor<Q, R> method,
      CallOptions options,
      @Nullable Executor executor) {
    this.session = session;
    this.method = method;
    this.options = options;
    this.executor = executor == null ? null : new SerialExecutor(executor);
    loop = session.link().loop();
  }

  // ---- the program's side ---------------------------------------------------------------------

  @Override
  public void start(Listener<R> responseListener, Metadata headers) {
    if (listener != null) {
      throw new IllegalStateException("call was started already");
    }
    listener = responseListener;
    if (options.getCompressor() != null) {
      headers.discardAll(ENCODING);
      headers.put(ENCODING, options.getCompressor());
    }
    byte[][] metadata = WireMetadata.parts(headers);
    Long deadlineNanos = deadlineNanos();
    if (!loop.inEventLoop() && method.getType().clientSendsOneMessage()) {
      held = new Held();
    }
    if (isDirect()) {
      begin(metadata, deadlineNanos);
    } else {
      run(() -> begin(metadata, deadlineNanos));
    }
  }

  private @Nullable Long deadlineNanos() {
    Deadline own = options.getDeadline();
    Deadline inherited = context.getDeadline();
    Deadline first =
        own == null || inherited == null ? (own == null ? inherited : own) : own.minimum(inherited);
    return first == null
        ? null
        : (Long) (session.link().now() + first.timeRemaining(TimeUnit.NANOSECONDS));
  }

  private void begin(byte[][] metadata, @Nullable Long deadlineNanos) {
    if (closed) {
      return;
    }
    if (!context.equals(Context.ROOT)) {
      Context.CancellationListener cancellation =
          cancelled -> cancelBy(Contexts.statusFromCancelled(cancelled));
      contextListener = cancellation;
      context.addListener(cancellation, Runnable::run);
    }
    call = session.begin(method, metadata, deadlineNanos, this);
    if (closed && call != null) {
      call.cancel();
    } else if (!method.getType().clientSendsOneMessage()) {
      // A program that streams may wait for it before it says anything.
      tell(Listener::onReady);
    }
  }

  @Override
  public void request(int messages) {
    if (isDirect()) {
      requestNow(messages);
    } else {
      run(() -> requestNow(messages));
    }
  }

  @Override
  public void keep(long bytes) {
    if (call != null) {
      call.keep(bytes);
    }
  }

  @Override
  public boolean announce(int bytes, Runnable room) {
    return call != null && call.announce(bytes, room);
  }

  @Override
  public void withdraw() {
    if (call != null) {
      call.withdraw();
    }
  }

  private void requestNow(int messages) {
    if (call != null) {
      call.request(messages);
    }
  }

  /// Whether operations may run at once.
  private boolean isDirect() {
    return held == null && loop.inEventLoop();
  }

  @Override
  public void sendMessage(Q message) {
    ByteBuf bytes =
        MessageCodec.encode(method.getRequestMarshaller(), message, session.link().allocator());
    if (isDirect()) {
      send(bytes);
    } else {
      hop(bytes);
    }
  }

  private void hop(ByteBuf bytes) {
    Hopping hops = hopping == null ? new Hopping() : hopping;
    hopping = hops;
    int length = bytes.readableBytes();
    hops.begin(length);
    run(
        () -> {
          boolean awaited = hops.arrived(length);
          send(bytes);
          if (awaited && ready) {
            tell(Listener::onReady);
          }
        });
  }

  private void send(ByteBuf bytes) {
    if (call == null || closed) {
      bytes.release();
      return;
    }
    call.message(bytes);
    ready = call.isReady();
  }

  @Override
  public void halfClose() {
    if (isDirect()) {
      halfCloseNow();
    } else {
      run(this::halfCloseNow);
      release();
    }
  }

  private void halfCloseNow() {
    if (call != null) {
      call.halfClose();
    }
  }

  @Override
  public void cancel(@Nullable String message, @Nullable Throwable cause) {
    cancelBy(
        Status.CANCELLED.withDescription(message == null ? "cancelled" : message).withCause(cause));
  }

  private void cancelBy(Status status) {
    run(
        () -> {
          if (!closed) {
            close(status, new Metadata());
            if (call != null) {
              call.cancel();
            }
          }
        });
    release();
  }

  @Override
  public boolean isReady() {
    return ready && Hopping.hasRoom(hopping) && listener != null;
  }

  private void run(Runnable operation) {
    Held waiting = held;
    if (waiting != null && waiting.add(operation)) {
      return;
    }
    if (loop.inEventLoop()) {
      operation.run();
    } else {
      hopOrEnd(operation);
    }
  }

  /// Where the loop has ended every session has, and so does the call.
  private void hopOrEnd(Runnable operation) {
    try {
      loop.execute(operation);
    } catch (RejectedExecutionException e) {
      Failure gone = Failure.notExecuted(Failure.Kind.DISCONNECTED, "the node is closed");
      close(gone.status().withCause(e), gone.trailers("link"));
      operation.run();
    }
  }

  private void release() {
    Held waiting = held;
    if (waiting != null) {
      waiting.release(this::hopOrEnd);
      held = null;
    }
  }

  // ---- the link's side ------------------------------------------------------------------------

  @Override
  public void headers(byte[][] metadata) {
    Metadata headers = WireMetadata.metadata(metadata);
    tell(target -> target.onHeaders(headers));
  }

  @Override
  public void message(ByteBuf message) {
    if (closed) {
      message.release();
      return;
    }
    tell(target -> target.onMessage(MessageCodec.decode(method.getResponseMarshaller(), message)));
  }

  @Override
  public void ready() {
    ready = true;
    tell(Listener::onReady);
  }

  @Override
  public void returned(int code, String description, byte[][] trailers) {
    Status status = Status.fromCodeValue(code);
    close(
        description.isEmpty() ? status : status.withDescription(description),
        WireMetadata.metadata(trailers));
  }

  private void close(Status status, Metadata trailers) {
    if (closed) {
      return;
    }
    tell(target -> target.onClose(status, trailers));
    closed = true;
    if (contextListener != null) {
      context.removeListener(contextListener);
    }
  }

  /// One thing to tell the program.
  private interface News<R> {
    void to(Listener<R> listener);
  }

  private void tell(News<R> news) {
    Listener<R> target = listener;
    if (target == null || closed) {
      return;
    }
    if (executor == null) {
      tellNow(news, target);
    } else {
      executor.execute(() -> context.run(() -> tellNow(news, target)));
    }
  }

  private void tellNow(News<R> news, Listener<R> target) {
    try {
      news.to(target);
    } catch (RuntimeException e) {
      LOG.warn("{}: the caller's listener failed", method.getFullMethodName(), e);
      cancelBy(
          Failure.unknown(Failure.Kind.FAILED, "the caller's listener failed")
              .status()
              .withCause(e));
    }
  }
}

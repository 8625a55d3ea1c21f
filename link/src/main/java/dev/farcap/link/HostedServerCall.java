package dev.farcap.link;

import dev.farcap.link.engine.CallListener;
import dev.farcap.link.engine.HostedCall;
import io.grpc.Attributes;
import io.grpc.Context;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A call from the peer, served by a gRPC method definition; mirrors [LinkClientCall].
///
/// The service runs on the given executor, or on the link's loop, where it must not block. From
/// other threads operations hop to the loop; those of a call that answers one message are held
/// until it is complete.
final class HostedServerCall<Q, R> extends ServerCall<Q, R>
    implements CallListener.Callee, Kept, LongMessageTaker {
  private static final Logger LOG = LoggerFactory.getLogger(HostedServerCall.class);
  private static final Metadata.Key<String> ENCODING =
      Metadata.Key.of("grpc-encoding", Metadata.ASCII_STRING_MARSHALLER);

  private final Link link;
  private final HostedCall call;
  private final MethodDescriptor<Q, R> method;
  private final @Nullable Executor executor;
  private final EventLoop loop;
  private final Context.CancellableContext context;
  private @Nullable Hopping hopping;
  private @Nullable Listener<Q> listener;
  private @Nullable List<Runnable> held;
  private @Nullable String compression;
  private volatile boolean ready = true;
  private volatile boolean cancelled;
  private boolean headersSent;
  private boolean closed;

  private HostedServerCall(
      Link link,
      HostedCall call,
      MethodDescriptor<Q, R> method,
      @Nullable Executor executor,
      Context.CancellableContext context) {
    this.link = link;
    this.call = call;
    this.method = method;
    this.executor = executor == null ? null : new SerialExecutor(executor);
    this.context = context;
    loop = link.loop();
  }

  /// Begins serving.
  static <Q, R> CallListener.Callee begin(
      Link link,
      HostedCall call,
      ServerMethodDefinition<Q, R> definition,
      @Nullable Executor executor,
      byte[][] metadata,
      @Nullable Long deadlineNanos) {
    HostedServerCall<Q, R> serverCall =
        new HostedServerCall<>(
            link, call, definition.getMethodDescriptor(), executor, context(link, deadlineNanos));
    Metadata headers = WireMetadata.metadata(metadata);
    serverCall.tell(() -> serverCall.start(definition.getServerCallHandler(), headers));
    return serverCall;
  }

  /// A service that streams may wait for the first onReady before it says anything, as at any gRPC
  /// server.
  private void start(ServerCallHandler<Q, R> handler, Metadata headers) {
    Listener<Q> started = handler.startCall(this, headers);
    listener = started;
    if (!method.getType().serverSendsOneMessage()) {
      started.onReady();
    }
  }

  private static Context.CancellableContext context(Link link, @Nullable Long deadlineNanos) {
    return deadlineNanos == null
        ? Context.ROOT.withCancellation()
        : Context.ROOT.withDeadline(
            Deadline.after(deadlineNanos - link.now(), TimeUnit.NANOSECONDS), link.loop());
  }

  // ---- the service's side ---------------------------------------------------------------------

  @Override
  public void request(int messages) {
    if (isDirect()) {
      call.request(messages);
    } else {
      run(() -> call.request(messages));
    }
  }

  @Override
  public void keep(long bytes) {
    call.keep(bytes);
  }

  @Override
  public boolean announce(int bytes, Runnable room) {
    return call.announce(bytes, room);
  }

  @Override
  public void withdraw() {
    call.withdraw();
  }

  @Override
  public void sendHeaders(Metadata headers) {
    if (headersSent || closed) {
      throw new IllegalStateException("headers were sent already");
    }
    headersSent = true;
    if (compression != null) {
      headers.discardAll(ENCODING);
      headers.put(ENCODING, compression);
    }
    byte[][] parts = WireMetadata.parts(headers);
    if (!loop.inEventLoop() && method.getType().serverSendsOneMessage()) {
      held = new ArrayList<>(4);
    }
    if (isDirect()) {
      call.headers(parts);
    } else {
      run(() -> call.headers(parts));
    }
  }

  @Override
  public void sendMessage(R message) {
    ByteBuf bytes = MessageCodec.encode(method.getResponseMarshaller(), message, link.allocator());
    if (isDirect()) {
      messageNow(bytes);
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
          messageNow(bytes);
          if (awaited && ready) {
            tellListener(Listener::onReady);
          }
        });
  }

  private void messageNow(ByteBuf bytes) {
    call.message(bytes);
    ready = call.isReady();
  }

  private boolean isDirect() {
    return held == null && loop.inEventLoop();
  }

  @Override
  public void close(Status status, Metadata trailers) {
    if (closed) {
      throw new IllegalStateException("call was closed already");
    }
    closed = true;
    String description = status.getDescription();
    byte[][] parts = WireMetadata.parts(trailers);
    if (isDirect()) {
      call.finish(status.getCode().value(), description == null ? "" : description, parts);
      return;
    }
    run(() -> call.finish(status.getCode().value(), description == null ? "" : description, parts));
    List<Runnable> waiting = held;
    if (waiting != null) {
      held = null;
      link.run(() -> waiting.forEach(Runnable::run));
    }
  }

  private void run(Runnable operation) {
    List<Runnable> waiting = held;
    if (waiting != null) {
      waiting.add(operation);
    } else if (loop.inEventLoop()) {
      operation.run();
    } else {
      link.run(operation);
    }
  }

  @Override
  public boolean isReady() {
    return ready && !cancelled && Hopping.hasRoom(hopping);
  }

  @Override
  public boolean isCancelled() {
    return cancelled;
  }

  @Override
  public void setCompression(String compressor) {
    compression = compressor;
  }

  @Override
  public MethodDescriptor<Q, R> getMethodDescriptor() {
    return method;
  }

  @Override
  public Attributes getAttributes() {
    return Attributes.EMPTY;
  }

  @Override
  public @Nullable String getAuthority() {
    return link.name();
  }

  // ---- the link's side ------------------------------------------------------------------------

  @Override
  public void message(ByteBuf message) {
    tell(
        () -> {
          Listener<Q> target = listener;
          if (target == null) {
            message.release();
          } else {
            target.onMessage(MessageCodec.decode(method.getRequestMarshaller(), message));
          }
        });
  }

  @Override
  public void halfClosed() {
    tellListener(Listener::onHalfClose);
  }

  @Override
  public void ready() {
    ready = true;
    tellListener(Listener::onReady);
  }

  @Override
  public void cancelled(boolean deadline, String reason) {
    cancelled = true;
    context.cancel(new CancellationException(reason));
    tellListener(Listener::onCancel);
  }

  @Override
  public void completed() {
    tellListener(Listener::onComplete);
    context.cancel(null);
  }

  private void tellListener(java.util.function.Consumer<Listener<Q>> news) {
    tell(
        () -> {
          Listener<Q> target = listener;
          if (target != null) {
            news.accept(target);
          }
        });
  }

  private void tell(Runnable news) {
    if (executor == null) {
      guarded(news);
    } else {
      executor.execute(() -> guarded(news));
    }
  }

  /// A service that throws ends its call: with the status it threw, else as UNKNOWN, as gRPC
  /// servers do.
  private void guarded(Runnable news) {
    Context former = context.attach();
    try {
      news.run();
    } catch (RuntimeException e) {
      LOG.warn("{}: the service failed", method.getFullMethodName(), e);
      if (!closed) {
        Metadata trailers = Status.trailersFromThrowable(e);
        Status status = Status.fromThrowable(e);
        close(
            status.getCode() == Status.Code.UNKNOWN ? Status.UNKNOWN : status,
            trailers == null ? new Metadata() : trailers);
      }
    } finally {
      context.detach(former);
    }
  }
}

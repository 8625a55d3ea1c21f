package dev.farcap.link;

import dev.farcap.link.engine.CallListener;
import dev.farcap.link.engine.OwnCall;
import dev.farcap.link.engine.OwnSession;
import dev.farcap.session.Companion;
import dev.farcap.session.Failure;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A session opened over a [Link]. Everything but [#state()], [#failure()] and [#channel()] runs on
/// its loop.
///
/// The engine opens it when its loop first hears of it. That is the hop of who opens it, or a use
/// on the loop itself, which another thread may have handed the session to before that hop arrived.
final class LinkSession implements Session, OwnSession.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(LinkSession.class);

  private final Link link;
  private final SessionRequest request;
  private final Channel channel;
  private final List<Consumer<Failure>> closeListeners = new ArrayList<>(1);
  private final AtomicLong submitted = new AtomicLong();
  private volatile State state = State.OPENING;
  private @Nullable Function<OwnSession.Listener, OwnSession> opening;
  private @Nullable OwnSession session;
  private @Nullable MethodDescriptor<?, ?> lastMethod;
  private String lastName = "";
  private volatile @Nullable Failure end;

  /// @param opening has the engine open it; on the loop
  LinkSession(
      Link link,
      SessionRequest request,
      @Nullable Executor executor,
      Function<OwnSession.Listener, OwnSession> opening) {
    this.link = link;
    this.opening = opening;
    this.request = request;
    channel = new LinkChannel(this, executor);
  }

  Link link() {
    return link;
  }

  /// Has the loop open it.
  void open() {
    link.run(this::own);
  }

  /// The engine's session; on the loop. Null for who is told of its end while it opens.
  private @Nullable OwnSession own() {
    Function<OwnSession.Listener, OwnSession> first = opening;
    if (first != null) {
      opening = null;
      session = first.apply(this);
    }
    return session;
  }

  /// Begins a call; on the loop. Null where it failed at once: the listener knows.
  @Nullable OwnCall begin(
      MethodDescriptor<?, ?> method,
      byte[][] metadata,
      @Nullable Long deadlineNanos,
      CallListener.Caller listener) {
    OwnSession own = own();
    if (own == null || !provides(method)) {
      Failure failure =
          own == null
              ? Failure.notExecuted(Failure.Kind.DISCONNECTED, "session is not open")
              : Failure.notExecuted(
                  Failure.Kind.UNIMPLEMENTED,
                  "session is of " + request.service() + ", not " + method.getServiceName());
      listener.returned(
          failure.kind().code().value(),
          failure.message(),
          WireMetadata.parts(failure.trailers("link")));
      return null;
    }
    if (method != lastMethod) {
      lastMethod = method;
      lastName = name(method);
    }
    return own.call(lastName, metadata, deadlineNanos, listener);
  }

  private boolean provides(MethodDescriptor<?, ?> method) {
    String service = String.valueOf(method.getServiceName());
    return service.equals(request.service()) || Companion.isService(service);
  }

  private String name(MethodDescriptor<?, ?> method) {
    return request.service().equals(method.getServiceName())
        ? Objects.requireNonNull(method.getBareMethodName())
        : method.getFullMethodName();
  }

  @Override
  public SessionRequest request() {
    return request;
  }

  @Override
  public State state() {
    State last = state;
    return last == State.ACTIVE && !link.isUp() ? State.SUSPENDED : last;
  }

  @Override
  public @Nullable Failure failure() {
    return end;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  /// Counts here and hops once for all edges since the last hop, so that raising costs one counter
  /// however often it is done.
  @Override
  public void submit() {
    if (submitted.getAndIncrement() == 0) {
      link.run(this::submitCounted);
    }
  }

  private void submitCounted() {
    long edges = submitted.getAndSet(0);
    onLoop(own -> own.submit(edges));
  }

  @Override
  public void onClosed(Consumer<Failure> listener) {
    link.run(
        () -> {
          Failure failure = end;
          if (failure == null) {
            closeListeners.add(listener);
          } else {
            tell(listener, failure);
          }
        });
  }

  @Override
  public void close(CloseReason reason) {
    link.run(() -> onLoop(own -> own.close(reason)));
  }

  /// Presents a further token, so that the session outlives its first one.
  void upgrade(byte[] token) {
    link.run(() -> onLoop(own -> own.upgrade(token)));
  }

  private void onLoop(Consumer<OwnSession> action) {
    OwnSession own = own();
    if (own != null) {
      action.accept(own);
    }
  }

  @Override
  public void opened() {
    state = State.ACTIVE;
  }

  @Override
  public void closing() {
    state = State.CLOSING;
  }

  @Override
  public void closed(Failure failure) {
    end = failure;
    state = State.CLOSED;
    closeListeners.forEach(listener -> tell(listener, failure));
    closeListeners.clear();
  }

  private static void tell(Consumer<Failure> listener, Failure failure) {
    try {
      listener.accept(failure);
    } catch (RuntimeException e) {
      LOG.error("who listens to the end of a session failed", e);
    }
  }
}

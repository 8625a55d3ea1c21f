package dev.farcap.stub;

import dev.farcap.session.Failure;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SessionEnd;
import io.grpc.Context;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// One object for each session of a server, made at the session's first call and closed at its end.
///
///     SessionTable<Lamp> lamps = new SessionTable<>(1_000, caller -> new Lamp(caller.label()));
///     builder.addService(LampSession.serverPerSession(lamps));
///
/// In a program that hosts the server it learns of the end by itself, from [SessionEnd]. A gRPC
/// server behind a server-proxy is told by `farcap.session.v1.Lifecycle` and passes it on to
/// [#ended(String)]; the module farcap-services has that service as `SessionLifecycle`. Calls that
/// name no session (a server without a proxy in front) share one for each label, which nobody ends.
///
/// An object is closed while cancelled calls of its session may still be on their way out. Those
/// that are left when the server ends are for [#close()], after which there are no new ones.
/// Thread-safe.
///
/// @param <S> what serves a session
public final class SessionTable<S extends AutoCloseable>
    implements Function<SessionCaller, S>, AutoCloseable {
  private final int sessionsMax;
  private final Function<SessionCaller, S> open;
  private final Map<String, S> sessions = new HashMap<>();
  private boolean closed;

  /// @param sessionsMax at a time; one more is refused
  /// @param open makes what serves a session; short and without waiting
  public SessionTable(int sessionsMax, Function<SessionCaller, S> open) {
    this.sessionsMax = sessionsMax;
    this.open = open;
  }

  /// What serves a caller's session.
  ///
  /// @throws io.grpc.StatusRuntimeException RESOURCE_EXHAUSTED at the bound; CANCELLED for a call
  ///   that is over already, so that none makes an object for a session that has ended; UNAVAILABLE
  ///   once the table is closed
  @Override
  public S apply(SessionCaller caller) {
    String key = caller.session().isEmpty() ? "label " + caller.label() : caller.session();
    S fresh;
    synchronized (this) {
      S present = sessions.get(key);
      if (present != null) {
        return present;
      }
      fresh = open(caller);
      sessions.put(key, fresh);
    }
    SessionEnd end = SessionEnd.current();
    if (end != null) {
      end.then(this, () -> ended(key));
    }
    return fresh;
  }

  private S open(SessionCaller caller) {
    if (Context.current().isCancelled()) {
      throw Status.CANCELLED.withDescription("the call is over").asRuntimeException();
    }
    if (closed) {
      throw refusal(Failure.Kind.DISCONNECTED, "the server is closed");
    }
    if (sessions.size() >= sessionsMax) {
      throw refusal(
          Failure.Kind.OVERLOADED, "the server has " + sessionsMax + " sessions, its limit");
    }
    return open.apply(caller);
  }

  private static StatusRuntimeException refusal(Failure.Kind kind, String why) {
    return Failure.notExecuted(kind, why).status().asRuntimeException();
  }

  /// A session is over: closes what served it, if there was a call of it.
  public void ended(String session) {
    S gone;
    synchronized (this) {
      gone = sessions.remove(session);
    }
    if (gone != null) {
      close(gone);
    }
  }

  /// Sessions now.
  public synchronized int size() {
    return sessions.size();
  }

  /// Closes what serves sessions now, and refuses new ones.
  @Override
  public void close() {
    List<S> all;
    synchronized (this) {
      closed = true;
      all = List.copyOf(sessions.values());
      sessions.clear();
    }
    all.forEach(SessionTable::close);
  }

  private static void close(AutoCloseable session) {
    try {
      session.close();
    } catch (Exception e) {
      throw new IllegalStateException("a session did not close: " + e.getMessage(), e);
    }
  }
}

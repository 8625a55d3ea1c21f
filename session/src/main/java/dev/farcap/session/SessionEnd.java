package dev.farcap.session;

import io.grpc.Context;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Tells a service that a program hosts when the session of a call is over, so that it frees what
/// it keeps for the session.
///
/// ```java
/// SessionEnd end = SessionEnd.current();
/// if (end != null) {
///   end.then(this, () -> forget(session));
/// }
/// ```
///
/// [dev.farcap.stub.SessionTable] does this by itself. A gRPC server behind a server-proxy learns
/// the same by `farcap.session.v1.Lifecycle`. Thread-safe.
public final class SessionEnd {
  private static final Context.Key<SessionEnd> KEY = Context.key("farcap-session-end");

  private final Executor executor;
  private final Map<Object, Runnable> actions = new HashMap<>();
  private boolean over;

  /// @param executor runs what is to be done at the end
  public SessionEnd(Executor executor) {
    this.executor = executor;
  }

  /// The end of the session whose call this thread serves; null where nobody will tell: outside of
  /// a call, and at a gRPC server.
  public static @Nullable SessionEnd current() {
    return KEY.get();
  }

  /// Has something done once when the session is over, however it ends; if it is already, at once
  /// by this thread. Cancelled calls of the session may still be on their way out then.
  ///
  /// @param owner whose action it is; another one of the same takes the place of the former, so a
  ///   session holds as many as there are services, however often it calls
  /// @param action short; may block in a program's service, not in one on the link's loop
  public void then(Object owner, Runnable action) {
    synchronized (this) {
      if (!over) {
        actions.put(owner, action);
        return;
      }
    }
    action.run();
  }

  // ---- by who hosts the session

  /// The same context with this in it, for the calls of the session.
  public Context in(Context context) {
    return context.withValue(KEY, this);
  }

  /// The session is over. No effect the second time.
  public void tell() {
    List<Runnable> all;
    synchronized (this) {
      over = true;
      all = List.copyOf(actions.values());
      actions.clear();
    }
    all.forEach(executor::execute);
  }
}

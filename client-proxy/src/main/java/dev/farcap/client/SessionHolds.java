package dev.farcap.client;

import dev.farcap.door.Caller;
import dev.farcap.session.Session;

/// For services of the door itself that need a caller's sessions: signals name the session that a
/// context will be passed to, and keep it from being closed as idle.
public interface SessionHolds {
  /// Finds the implicit session a call would use, or opens it, and keeps it. On the door's loop.
  ///
  /// @param label what the program asks; empty for nothing in particular
  /// @throws io.grpc.StatusRuntimeException as the call would end: no route, a bound, a bad label
  Hold hold(Caller caller, String service, String label);

  /// A session that is not idle until this is closed. On the door's loop.
  interface Hold extends AutoCloseable {
    /// The session held; it may end all the same.
    Session session();

    @Override
    void close();
  }
}

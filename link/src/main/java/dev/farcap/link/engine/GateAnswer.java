package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Quota;
import java.util.function.Supplier;

/// What the gate said to a session, in the engine's words.
public sealed interface GateAnswer {
  /// The session opens, or goes on with a further token.
  ///
  /// @param host makes what serves the session; asked once, when it opens
  /// @param expiresNanos by the engine's clock: when the session ends
  /// @param expiresMs the same since 1970, for the peer
  record Yes(Supplier<CallListener.Host> host, Quota quota, long expiresNanos, long expiresMs)
      implements GateAnswer {}

  /// It does not.
  ///
  /// @param failure what the peer is told
  record No(Failure failure) implements GateAnswer {}
}

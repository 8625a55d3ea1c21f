package dev.farcap.session;

import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Decides whether a peer's session opens, and what serves it.
///
/// The link asks it once per session, off its event loop, and never again: afterwards a call costs
/// one lookup in the [SessionHost]. Several requests may be decided at the same time; an
/// implementation is thread-safe.
@FunctionalInterface
public interface SessionGate {
  /// Decides. May take as long as a signature check or a file takes, not as long as a network does.
  ///
  /// @param request as it crossed the link
  /// @param peer the proven other end
  /// @param token the capability presented for it, at most 8 KiB, or null if none was
  Decision decide(SessionRequest request, Peer peer, byte @Nullable [] token);

  /// The answer.
  sealed interface Decision {
    /// The session opens.
    ///
    /// @param effectiveLabel the peer's element and the wire label: what the server sees
    /// @param quota what the session may hold here
    /// @param expires the first instant at which it must no longer live
    /// @param host makes what serves its calls; called on the link's loop once the session opens,
    ///   not when a live session is renewed by a new token; throws [NotHostedException] if the
    ///   session does not open after all
    record Accepted(
        Label effectiveLabel,
        Quota quota,
        Instant expires,
        Function<SessionControl, SessionHost> host)
        implements Decision {}

    /// The session does not open.
    ///
    /// @param failure what the peer is told: coarse, without rule, label or key; the full reason
    ///   goes to the local audit log under a correlation id that the message carries
    record Refused(Failure failure) implements Decision {}
  }
}

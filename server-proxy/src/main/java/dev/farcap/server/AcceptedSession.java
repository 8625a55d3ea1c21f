package dev.farcap.server;

import dev.farcap.session.Label;
import dev.farcap.session.Peer;
import dev.farcap.session.SessionCaller;
import dev.farcap.session.SessionCaller.Proof;
import dev.farcap.session.SessionRequest;
import java.util.function.Predicate;

/// A session that may open, as the back door sees it.
///
/// @param request as it crossed the link
/// @param effectiveLabel what the server sees
/// @param peer who opened it
/// @param grant SHA-256 of the token by which it was opened
/// @param permitted whether a method may be called, by its bare name
public record AcceptedSession(
    SessionRequest request,
    Label effectiveLabel,
    Peer peer,
    String grant,
    Predicate<String> permitted) {
  /// What its server is told.
  ///
  /// @param name of the session
  SessionCaller caller(String name) {
    return new SessionCaller(
        name, effectiveLabel, new Proof(peer.identity(), grant), request.object());
  }
}

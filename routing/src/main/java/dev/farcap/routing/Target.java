package dev.farcap.routing;

import dev.farcap.session.Identity;
import java.util.List;

/// Where a rule sends a session. A target fails if it does not provide the service.
public sealed interface Target {
  /// What becomes of the label.
  Rewrite rewrite();

  /// One provider.
  ///
  /// @param provider fails if the directory does not know it
  record Named(Identity provider, Rewrite rewrite) implements Target {}

  /// The one provider of the service: Genode's any-child. If there are several the session is
  /// denied as ambiguous.
  record Any(Rewrite rewrite) implements Target {}

  /// Any of several providers that serve alike: which one, [Nearness] says at the time. Farcap's
  /// own; init has no such target.
  ///
  /// @param among those that count, of which those that provide the service are candidates; empty
  ///   for all that the directory knows
  record Nearest(List<Identity> among, Rewrite rewrite) implements Target {
    /// Copies the providers.
    public Nearest {
      among = List.copyOf(among);
    }
  }
}

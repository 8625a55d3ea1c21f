package dev.farcap.client;

import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.SessionRequest;
import java.util.Optional;
import java.util.Set;

/// What programs may reach: all that health and reflection show. Called on the door's loop; must
/// not block.
public interface Reach {
  /// The services for which there are a rule and a grant, ascending.
  ///
  /// @param label of the session, the listener's name first
  Set<String> services(Label label);

  /// Where a session would lead; empty if no rule or no grant is there for it.
  Optional<Place> place(SessionRequest request);

  /// Opens a session for the door itself, which is to fail at once where no link is there.
  ///
  /// @throws io.grpc.StatusRuntimeException as [dev.farcap.session.SessionOpener#open]
  Session open(SessionRequest request);

  /// Where sessions lead.
  ///
  /// @param provider tells one from the others
  /// @param linkUp whether its link is up now
  record Place(String provider, boolean linkUp) {}
}

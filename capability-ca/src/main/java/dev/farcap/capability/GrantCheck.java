package dev.farcap.capability;

import dev.farcap.session.Identity;
import dev.farcap.session.SessionRequest;
import java.util.Optional;

/// Whether what is asked for is what a grant is for.
public final class GrantCheck {
  private GrantCheck() {}

  /// Compares interface, server and wire label. Methods are compared at every call, by
  /// [Grant#methods()].
  ///
  /// @param request as it crossed the link
  /// @param server who is asked
  /// @return why not, or nothing if the grant allows it
  public static Optional<Verdict.Denied> denial(
      Grant grant, SessionRequest request, Identity server) {
    if (request.object() != null) {
      return denied(Reason.OBJECT, "an object was asked for, grant is for a service");
    }
    if (!grant.service().equals(request.service())) {
      return denied(
          Reason.SERVICE, "'" + request.service() + "' asked, grant is for " + grant.service());
    }
    if (!grant.server().matches(server)) {
      return denied(Reason.SERVER, "this is " + server + ", grant is for " + grant.server());
    }
    if (!grant.label().matches(request.label())) {
      return denied(Reason.LABEL, "'" + request.label() + "' asked, grant is for " + grant.label());
    }
    return Optional.empty();
  }

  /// Whether a grant allows it.
  public static boolean allows(Grant grant, SessionRequest request, Identity server) {
    return denial(grant, request, server).isEmpty();
  }

  private static Optional<Verdict.Denied> denied(Reason reason, String detail) {
    return Optional.of(new Verdict.Denied(reason, detail));
  }
}

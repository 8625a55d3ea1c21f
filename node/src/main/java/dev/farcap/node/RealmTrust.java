package dev.farcap.node;

import dev.farcap.ca.CaException;
import dev.farcap.capability.RevocationList;
import dev.farcap.capability.Routes;
import dev.farcap.capability.SignedBundle;
import dev.farcap.routing.consul.DirectoryTrust;
import java.time.InstantSource;
import java.util.List;

/// What a directory is believed: what the keys of this process's trust bundle have signed. Any
/// thread.
final class RealmTrust implements DirectoryTrust {
  private final Trust trust;
  private final InstantSource clock;

  RealmTrust(Trust trust, InstantSource clock) {
    this.trust = trust;
    this.clock = clock;
  }

  @Override
  public SignedRoutes routes(byte[] signed) {
    Routes routes = Routes.open(signed, trust.bundle(), clock.instant());
    return new SignedRoutes(routes.number(), routes.text());
  }

  /// One that is wrong does not hold up the others.
  @Override
  public void bundles(List<byte[]> signed) {
    IllegalArgumentException wrong = null;
    for (byte[] each : signed) {
      try {
        trust.follow(SignedBundle.parse(each));
      } catch (CaException e) {
        wrong = wrong == null ? new IllegalArgumentException(e.getMessage(), e) : wrong;
      } catch (IllegalArgumentException e) {
        wrong = wrong == null ? e : wrong;
      }
    }
    if (wrong != null) {
      throw wrong;
    }
  }

  @Override
  public void revocations(byte[] signed) {
    var _ = RevocationList.open(signed, trust.bundle(), clock.instant());
  }
}

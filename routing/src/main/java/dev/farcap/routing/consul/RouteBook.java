package dev.farcap.routing.consul;

import dev.farcap.config.ConfigException;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Provider;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.session.Identity;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Routes that are believed: read in full or not at all.
///
/// @param signed as found
/// @param number of the routes
/// @param says providers and rules, as they are written
@SuppressWarnings("ArrayRecordComponent") // compared by content, below
record RouteBook(byte[] signed, long number, DirectorySnapshot says) {
  /// Opens and reads signed routes.
  ///
  /// @param name what to call the text in problems and explanations
  /// @throws IllegalArgumentException if they are not to be believed; one line
  /// @throws ConfigException if they are, and what is written in them is wrong
  static RouteBook read(
      byte[] signed, String name, DirectoryTrust trust, UnaryOperator<String> addresses) {
    DirectoryTrust.SignedRoutes routes = trust.routes(signed);
    return new RouteBook(
        signed, routes.number(), FileDirectory.parse(Path.of(name), routes.text(), addresses));
  }

  /// Whether these are the same bytes.
  boolean is(byte[] other) {
    return Arrays.equals(signed, other);
  }

  /// Checks that routes may take the place of these.
  ///
  /// @throws IllegalArgumentException if they are older, or others of the same number; one line
  void checkFollowedBy(RouteBook next) {
    if (next.number < number) {
      throw new IllegalArgumentException(
          "routes %d are older than %d, which were in force before".formatted(next.number, number));
    }
    if (next.number == number) {
      throw new IllegalArgumentException(
          "there are two different routes %d: somebody has signed both".formatted(number));
    }
  }

  /// The routes with what is known of their providers.
  ///
  /// @param number of the snapshot
  DirectorySnapshot snapshot(long number, Map<Identity, Registration> known) {
    List<Provider> providers =
        says.providers().values().stream()
            .map(
                written -> {
                  Registration registration = known.get(written.identity());
                  return registration == null ? written : registration.complete(written);
                })
            .toList();
    return DirectorySnapshot.of(number, providers, says.rules(), says.defaultRoute());
  }

  /// What is known of the providers of these routes: what the catalog says now, else what it said
  /// before, as down.
  Map<Identity, Registration> known(
      Map<Identity, Registration> before, Map<Identity, Registration> catalog) {
    Map<Identity, Registration> known = new HashMap<>();
    for (Identity provider : says.providers().keySet()) {
      Registration now = catalog.get(provider);
      Registration then = before.get(provider);
      if (now != null) {
        known.put(provider, now);
      } else if (then != null) {
        known.put(provider, then.with(Provider.Health.DOWN));
      }
    }
    return known;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RouteBook book && book.is(signed);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(signed);
  }

  /// Their number.
  @Override
  public String toString() {
    return "routes " + number;
  }
}

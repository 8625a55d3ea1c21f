package dev.farcap.routing.consul;

import dev.farcap.routing.consul.ConsulAgent.Instance;
import dev.farcap.session.Identity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What is registered, as far as it makes sense.
///
/// @param providers of several registrations of one the healthiest, then the first in Consul's
///   order
/// @param wrong the first that makes none, and why; null if all do
record Catalog(Map<Identity, Registration> providers, @Nullable String wrong) {
  /// @param addresses returns an address that can be dialled; throws IllegalArgumentException at
  ///   any other
  static Catalog of(List<Instance> instances, UnaryOperator<String> addresses) {
    Map<Identity, Registration> providers = new LinkedHashMap<>();
    String wrong = null;
    for (Instance instance : instances) {
      try {
        Registration one = Registration.of(instance.meta(), instance.health(), addresses);
        providers.merge(one.identity(), one, Catalog::healthier);
      } catch (IllegalArgumentException e) {
        if (wrong == null) {
          wrong = instance.name() + ": " + ConsulFailure.oneLine(String.valueOf(e.getMessage()));
        }
      }
    }
    return new Catalog(providers, wrong);
  }

  private static Registration healthier(Registration one, Registration other) {
    return other.health().compareTo(one.health()) < 0 ? other : one;
  }
}

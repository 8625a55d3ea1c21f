package dev.farcap.routing;

import dev.farcap.session.Identity;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// All that a directory knows at one moment.
///
/// @param number grows with every change, from 1; 0 before anything is known
/// @param providers by identity
/// @param rules the routes of all listeners, in document order
/// @param defaultRoute for the listeners to which no rule belongs
public record DirectorySnapshot(
    long number, Map<Identity, Provider> providers, List<Rule> rules, List<Rule> defaultRoute) {
  /// Copies the collections and keeps their order.
  ///
  /// @throws IllegalArgumentException if a provider is filed under another identity than its own
  public DirectorySnapshot {
    providers = Collections.unmodifiableMap(new LinkedHashMap<>(providers));
    providers.forEach(DirectorySnapshot::checkIdentity);
    rules = List.copyOf(rules);
    defaultRoute = List.copyOf(defaultRoute);
  }

  /// A snapshot of these providers.
  ///
  /// @throws IllegalArgumentException if two have the same identity
  public static DirectorySnapshot of(
      long number, List<Provider> providers, List<Rule> rules, List<Rule> defaultRoute) {
    Map<Identity, Provider> byIdentity = new LinkedHashMap<>();
    for (Provider provider : providers) {
      if (byIdentity.putIfAbsent(provider.identity(), provider) != null) {
        throw new IllegalArgumentException("two providers are " + provider.identity());
      }
    }
    return new DirectorySnapshot(number, byIdentity, rules, defaultRoute);
  }

  private static void checkIdentity(Identity identity, Provider provider) {
    if (!provider.identity().equals(identity)) {
      throw new IllegalArgumentException(provider.identity() + " is filed under " + identity);
    }
  }

  /// The provider of this identity, if the directory knows it.
  public Optional<Provider> provider(Identity identity) {
    return Optional.ofNullable(providers.get(identity));
  }

  /// All providers of a service, in document order.
  public List<Provider> providersOf(String service) {
    return providers.values().stream().filter(p -> p.services().contains(service)).toList();
  }

  /// Whether both say the same, whatever their numbers.
  public boolean saysTheSameAs(DirectorySnapshot other) {
    return providers.equals(other.providers)
        && rules.equals(other.rules)
        && defaultRoute.equals(other.defaultRoute);
  }
}

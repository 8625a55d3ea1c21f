package dev.farcap.routing;

import dev.farcap.session.Identity;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// All that a directory knows at one moment, compiled for the questions that are asked of it.
/// Immutable; two are equal if they have the same number and say the same.
public final class DirectorySnapshot {
  private final long number;
  private final Map<Identity, Provider> providers;
  private final Map<String, List<Provider>> byService = new HashMap<>();
  private final Route routes;
  private final Route defaultRoute;

  private DirectorySnapshot(
      long number, Map<Identity, Provider> providers, List<Rule> rules, List<Rule> defaultRoute) {
    this.number = number;
    this.providers = Collections.unmodifiableMap(providers);
    this.routes = new Route(rules);
    this.defaultRoute = new Route(defaultRoute);
    for (Provider provider : providers.values()) {
      for (String service : provider.services()) {
        byService.computeIfAbsent(service, _ -> new ArrayList<>()).add(provider);
      }
    }
  }

  /// A snapshot of these providers.
  ///
  /// @param number grows with every change, from 1
  /// @param rules the routes of all listeners, in document order
  /// @param defaultRoute for the listeners to which no rule belongs
  /// @throws IllegalArgumentException if two providers have the same identity
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

  /// Grows with every change, from 1.
  public long number() {
    return number;
  }

  /// By identity, in document order.
  public Map<Identity, Provider> providers() {
    return providers;
  }

  /// The provider of this identity, if the directory knows it.
  public Optional<Provider> provider(Identity identity) {
    return Optional.ofNullable(providers.get(identity));
  }

  /// All providers of a service, in document order.
  public List<Provider> providersOf(String service) {
    return Collections.unmodifiableList(byService.getOrDefault(service, List.of()));
  }

  /// The routes of all listeners, in document order.
  public List<Rule> rules() {
    return routes.rules();
  }

  /// For the listeners to which no rule belongs.
  public List<Rule> defaultRoute() {
    return defaultRoute.rules();
  }

  /// The route of a listener: the rules that are its own or everybody's, else the default.
  Route routeOf(String listener) {
    return routes.isOf(listener) ? routes : defaultRoute;
  }

  /// Whether both say the same, whatever their numbers.
  public boolean saysTheSameAs(DirectorySnapshot other) {
    return providers.equals(other.providers)
        && routes.equals(other.routes)
        && defaultRoute.equals(other.defaultRoute);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof DirectorySnapshot snapshot
        && number == snapshot.number
        && saysTheSameAs(snapshot);
  }

  @Override
  public int hashCode() {
    return Objects.hash(number, providers, routes, defaultRoute);
  }

  @Override
  public String toString() {
    return "directory %d: providers %s, rules %s, default %s"
        .formatted(number, providers.values(), routes, defaultRoute);
  }
}

package dev.farcap.routing;

import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import java.util.List;
import java.util.Set;

/// A proxy that serves sessions to others.
///
/// @param name what operators call it; no meaning beyond explanations and logs
/// @param identity what its certificate must prove
/// @param services full gRPC service names it provides
/// @param addresses where to dial it, best first; empty for one that dials its users
/// @param health whether it takes sessions
/// @param weight its share of new sessions among providers that serve alike, 0 to [#WEIGHT_MAX];
///   with 0 it gets those that nobody else takes
public record Provider(
    String name,
    Identity identity,
    Set<String> services,
    List<String> addresses,
    Health health,
    int weight) {
  /// The weight of a provider of which none is said.
  public static final int WEIGHT_DEFAULT = 100;

  /// A provider may get a ten-thousandth of what another gets.
  public static final int WEIGHT_MAX = 10_000;

  /// More ways to one host than it has interfaces and media.
  public static final int ADDRESSES_MAX = 16;

  /// Whether a provider takes sessions. Routes do not depend on it: it decides among the candidates
  /// that a rule names, never which rule matches.
  public enum Health {
    /// Takes sessions.
    UP,
    /// Keeps the sessions it has; new ones go elsewhere where a rule names another provider.
    DRAINING,
    /// Known to be away: as draining.
    DOWN
  }

  /// @throws IllegalArgumentException naming the part that is out of range
  public Provider {
    Label.checkElement(name);
    services = Set.copyOf(services);
    addresses = List.copyOf(addresses);
    services.forEach(SessionRequest::checkService);
    addresses.forEach(Provider::checkAddress);
    checkWeight(weight);
    if (addresses.size() > ADDRESSES_MAX) {
      throw new IllegalArgumentException(
          "provider has " + addresses.size() + " addresses, limit " + ADDRESSES_MAX);
    }
  }

  /// A provider that weighs as much as any other.
  public Provider(
      String name, Identity identity, Set<String> services, List<String> addresses, Health health) {
    this(name, identity, services, addresses, health, WEIGHT_DEFAULT);
  }

  /// Checks the range of a weight.
  ///
  /// @throws IllegalArgumentException if it is out of range
  public static int checkWeight(int weight) {
    if (weight < 0 || weight > WEIGHT_MAX) {
      throw new IllegalArgumentException("weight is " + weight + ", expected 0.." + WEIGHT_MAX);
    }
    return weight;
  }

  /// Checks the form of an address: a medium and what that medium understands.
  ///
  /// @return the address
  /// @throws IllegalArgumentException if it is not of the form `medium://…`
  public static String checkAddress(String address) {
    if (!address.matches("[a-z][a-z0-9+]{0,15}://\\P{Cntrl}{1,255}")) {
      throw new IllegalArgumentException(
          "'" + address + "' is no address such as tls://10.0.0.2:7443");
    }
    return address;
  }
}

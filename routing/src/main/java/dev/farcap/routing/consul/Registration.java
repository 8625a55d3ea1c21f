package dev.farcap.routing.consul;

import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// What a provider says of itself in Consul's catalog. Nothing of it is signed.
///
/// @param identity which provider of the routes it claims to be
/// @param addresses where to dial it, best first; empty for one that dials its users
/// @param weight its share among providers that are as good, 1..[Provider#WEIGHT_MAX]
/// @param health whether it takes sessions
public record Registration(Identity identity, List<String> addresses, int weight, Health health) {
  private static final String IDENTITY = "identity";
  private static final String ADDRESS = "address-";

  /// Copies the addresses.
  ///
  /// @throws IllegalArgumentException naming the part that is out of range
  public Registration {
    addresses = List.copyOf(addresses);
    addresses.forEach(Provider::checkAddress);
    Provider.checkWeight(weight);
    if (addresses.size() > Provider.ADDRESSES_MAX) {
      throw new IllegalArgumentException(
          "%d addresses, limit %d".formatted(addresses.size(), Provider.ADDRESSES_MAX));
    }
  }

  /// The same with another health.
  public Registration with(Health other) {
    return new Registration(identity, addresses, weight, other);
  }

  /// What the routes say of a provider, and what it says itself: its addresses instead of those of
  /// the routes, and the worse health.
  Provider complete(Provider written) {
    return new Provider(
        written.name(),
        written.identity(),
        written.services(),
        addresses.isEmpty() ? written.addresses() : addresses,
        health.compareTo(written.health()) > 0 ? health : written.health(),
        weight);
  }

  /// As it is kept with a service in Consul: values of at most 512 characters.
  Map<String, String> meta() {
    Map<String, String> meta = new LinkedHashMap<>();
    meta.put(IDENTITY, identity.toString());
    for (int i = 0; i < addresses.size(); i++) {
      meta.put(ADDRESS + i, addresses.get(i));
    }
    return meta;
  }

  /// Reads what [#meta] wrote, and whatever others write.
  ///
  /// @param checked returns an address that can be dialled; throws IllegalArgumentException at any
  ///   other
  /// @throws IllegalArgumentException naming what is missing or out of range
  static Registration of(
      Map<String, String> meta, int weight, Health health, UnaryOperator<String> checked) {
    String identity = meta.get(IDENTITY);
    if (identity == null) {
      throw new IllegalArgumentException("no '" + IDENTITY + "' in its meta");
    }
    List<String> addresses = new ArrayList<>();
    String address = meta.get(ADDRESS + addresses.size());
    while (address != null) {
      addresses.add(checked.apply(address));
      address = meta.get(ADDRESS + addresses.size());
    }
    return new Registration(Identity.parse(identity), addresses, weight, health);
  }
}

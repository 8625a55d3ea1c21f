package dev.farcap.routing.consul;

import dev.farcap.routing.Provider;
import dev.farcap.routing.Provider.Health;
import dev.farcap.session.Identity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/// What a provider says of itself in Consul's catalog. Nothing of it is signed.
///
/// @param identity which provider of the routes it claims to be
/// @param addresses where to dial it, best first; empty for one that dials its users
/// @param weight instead of that of the routes, 0..[Provider#WEIGHT_MAX]; empty if it says none
/// @param health whether it takes sessions
public record Registration(
    Identity identity, List<String> addresses, OptionalInt weight, Health health) {
  private static final String IDENTITY = "identity";
  private static final String ADDRESS = "address-";
  private static final String WEIGHT = "weight";

  /// Copies the addresses.
  ///
  /// @throws IllegalArgumentException naming the part that is out of range
  public Registration {
    addresses = List.copyOf(addresses);
    addresses.forEach(Provider::checkAddress);
    weight.ifPresent(Provider::checkWeight);
    if (addresses.size() > Provider.ADDRESSES_MAX) {
      throw new IllegalArgumentException(
          "%d addresses, limit %d".formatted(addresses.size(), Provider.ADDRESSES_MAX));
    }
  }

  /// The same with another health.
  public Registration with(Health other) {
    return new Registration(identity, addresses, weight, other);
  }

  /// What the routes say of a provider, and what it says itself: its addresses and weight instead
  /// of those of the routes, and the worse health.
  Provider complete(Provider written) {
    return new Provider(
        written.name(),
        written.identity(),
        written.services(),
        addresses.isEmpty() ? written.addresses() : addresses,
        health.compareTo(written.health()) > 0 ? health : written.health(),
        weight.orElse(written.weight()));
  }

  /// As it is kept with a service in Consul: values of at most 512 characters.
  Map<String, String> meta() {
    Map<String, String> meta = new LinkedHashMap<>();
    meta.put(IDENTITY, identity.toString());
    for (int i = 0; i < addresses.size(); i++) {
      meta.put(ADDRESS + i, addresses.get(i));
    }
    weight.ifPresent(value -> meta.put(WEIGHT, Integer.toString(value)));
    return meta;
  }

  /// Reads what [#meta] wrote, and whatever others write.
  ///
  /// @param checked returns an address that can be dialled; throws IllegalArgumentException at any
  ///   other
  /// @throws IllegalArgumentException naming what is missing or out of range
  static Registration of(Map<String, String> meta, Health health, UnaryOperator<String> checked) {
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
    String weight = meta.get(WEIGHT);
    return new Registration(
        Identity.parse(identity),
        addresses,
        weight == null ? OptionalInt.empty() : OptionalInt.of(weight(weight)),
        health);
  }

  /// Reads a weight.
  ///
  /// @throws IllegalArgumentException if it is none
  static int weight(String text) {
    try {
      return Provider.checkWeight(Integer.parseInt(text));
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException(
          "weight is '%s', expected 0..%d".formatted(text, Provider.WEIGHT_MAX));
    }
  }
}

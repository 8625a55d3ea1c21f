package dev.farcap.node;

import dev.farcap.routing.Provider;
import dev.farcap.routing.consul.ConsulConfig;
import java.util.List;
import java.util.OptionalInt;

/// How a server part is registered with a directory.
///
/// @param consul where
/// @param addresses where users dial it, best first; empty: where it listens
/// @param weight instead of that of the routes, 0..[Provider#WEIGHT_MAX]; empty to leave it to them
public record AnnounceConfig(ConsulConfig consul, List<String> addresses, OptionalInt weight) {
  /// @throws IllegalArgumentException if an address cannot be dialled, or the weight is out of
  ///   range
  public AnnounceConfig {
    addresses = List.copyOf(addresses);
    addresses.forEach(Media::checkAddress);
    weight.ifPresent(Provider::checkWeight);
  }

  /// Where it listens, and with the weight of the routes.
  public static AnnounceConfig of(ConsulConfig consul) {
    return new AnnounceConfig(consul, List.of(), OptionalInt.empty());
  }

  /// For logs.
  @Override
  public String toString() {
    return consul
        + (weight.isPresent() ? ", weight " + weight.getAsInt() : "")
        + (addresses.isEmpty() ? "" : ", at " + String.join(", ", addresses));
  }
}

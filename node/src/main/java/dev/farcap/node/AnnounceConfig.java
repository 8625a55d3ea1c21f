package dev.farcap.node;

import dev.farcap.routing.Provider;
import dev.farcap.routing.consul.ConsulConfig;
import java.util.List;

/// How a server part is registered with a directory.
///
/// @param consul where
/// @param addresses where users dial it, best first; empty: where it listens
/// @param weight its share among providers that are as good, 1..[Provider#WEIGHT_MAX]
public record AnnounceConfig(ConsulConfig consul, List<String> addresses, int weight) {
  /// @throws IllegalArgumentException if an address cannot be dialled, or the weight is out of
  ///   range
  public AnnounceConfig {
    addresses = List.copyOf(addresses);
    addresses.forEach(Media::checkAddress);
    Provider.checkWeight(weight);
  }

  /// Where it listens, and with the weight of any other.
  public static AnnounceConfig of(ConsulConfig consul) {
    return new AnnounceConfig(consul, List.of(), 1);
  }

  /// For logs.
  @Override
  public String toString() {
    return "%s, weight %d%s"
        .formatted(
            consul, weight, addresses.isEmpty() ? "" : ", at " + String.join(", ", addresses));
  }
}

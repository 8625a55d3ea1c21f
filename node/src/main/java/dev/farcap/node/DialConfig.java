package dev.farcap.node;

import dev.farcap.routing.Provider;
import dev.farcap.session.Identity;
import java.util.List;

/// A user whom a provider dials, because it cannot be dialled itself.
///
/// @param user who must be there
/// @param addresses of links, best first; 1..16
public record DialConfig(Identity user, List<String> addresses) {
  /// @throws IllegalArgumentException if there is no address, too many, or one of another form
  public DialConfig {
    addresses = List.copyOf(addresses);
    if (addresses.isEmpty() || addresses.size() > Provider.ADDRESSES_MAX) {
      throw new IllegalArgumentException(
          "%s has %d addresses, expected 1..%d"
              .formatted(user, addresses.size(), Provider.ADDRESSES_MAX));
    }
    addresses.forEach(Media::checkAddress);
  }
}

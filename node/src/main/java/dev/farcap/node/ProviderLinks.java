package dev.farcap.node;

import dev.farcap.link.DialledLink;
import dev.farcap.link.Link;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.link.LinkEndpoint.Route;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Provider;
import dev.farcap.session.Identity;
import dev.farcap.session.Peer;
import dev.farcap.transport.Dialer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One link to each provider of the directory: dialled as soon as the directory names it, drained
/// when it no longer does or its addresses have changed. A provider without addresses dials us.
/// Thread-safe.
final class ProviderLinks {
  private final LinkEndpoint endpoint;
  private final Dialer media;
  private final Map<Identity, Dialled> dialled = new HashMap<>();

  private record Dialled(List<String> addresses, DialledLink link) {}

  /// @param media dials whatever address the directory names
  ProviderLinks(LinkEndpoint endpoint, Dialer media) {
    this.endpoint = endpoint;
    this.media = media;
  }

  /// Follows a change of the directory.
  synchronized void follow(DirectorySnapshot directory) {
    for (Identity identity : List.copyOf(dialled.keySet())) {
      List<String> addresses =
          directory.provider(identity).map(Provider::addresses).orElse(List.of());
      Dialled present = dialled.get(identity);
      if (present != null && !present.addresses().equals(addresses)) {
        dialled.remove(identity);
        present.link().drain(addresses.isEmpty() ? "no longer in the directory" : "moved");
      }
    }
    for (Provider provider : directory.providers().values()) {
      if (!dialled.containsKey(provider.identity())) {
        dial(provider);
      }
    }
  }

  private void dial(Provider provider) {
    List<Route> routes =
        provider.addresses().stream().map(address -> new Route(address, media)).toList();
    if (!routes.isEmpty()) {
      dialled.put(
          provider.identity(),
          new Dialled(provider.addresses(), endpoint.dial(provider.identity(), routes)));
    }
  }

  /// The link to a provider: the dialled one, else one by which it has come; of several one that is
  /// up.
  synchronized Optional<Link> to(Identity provider) {
    Dialled own = dialled.get(provider);
    if (own != null) {
      return Optional.of(own.link().link());
    }
    Link found = null;
    for (Link link : endpoint.links()) {
      Peer peer = link.peer();
      if (peer != null && peer.identity().equals(provider) && (found == null || link.isUp())) {
        found = link;
      }
    }
    return Optional.ofNullable(found);
  }

  /// Why addresses of a link were of no use; see [DialledLink#lastFailure()].
  synchronized @Nullable String lastFailure(Link link) {
    return dialled.values().stream()
        .map(Dialled::link)
        .filter(candidate -> candidate.link() == link)
        .findFirst()
        .map(DialledLink::lastFailure)
        .orElse(null);
  }
}

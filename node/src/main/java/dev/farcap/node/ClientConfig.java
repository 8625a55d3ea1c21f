package dev.farcap.node;

import java.nio.file.Path;
import java.util.List;

/// The client-proxy: where programs connect, and what they may show.
///
/// @param directory file with providers and routes
/// @param grants folder of `*.grant` files
/// @param listeners at least one, each with another name
/// @param logStandIn whether log lines are answered at this side and spooled
public record ClientConfig(
    Path directory, Path grants, List<ListenerConfig> listeners, boolean logStandIn) {
  /// Copies the list.
  public ClientConfig {
    listeners = List.copyOf(listeners);
  }
}

package dev.farcap.node;

import dev.farcap.door.DoorAddress;
import dev.farcap.routing.Policies;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The server-proxy: where peers connect, and what they find.
///
/// @param listen addresses of links, at least one
/// @param local where programs behind it find signals and health, or null
/// @param backends what serves, by name
/// @param exports by full gRPC service name: which backend serves which effective label
public record ServerConfig(
    List<String> listen,
    DoorAddress.@Nullable Unix local,
    Map<String, BackendConfig> backends,
    Map<String, Policies<String>> exports) {
  /// Copies the collections and keeps their order.
  public ServerConfig {
    listen = List.copyOf(listen);
    backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
    exports = Collections.unmodifiableMap(new LinkedHashMap<>(exports));
  }
}

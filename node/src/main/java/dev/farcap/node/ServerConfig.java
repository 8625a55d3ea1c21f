package dev.farcap.node;

import dev.farcap.door.DoorAddress;
import dev.farcap.routing.Policies;
import dev.farcap.session.Identity;
import dev.farcap.session.SessionRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The part that serves sessions: where peers connect, and what they find.
///
/// @param listen addresses of links; empty if it only dials
/// @param dial users whom it dials, each once
/// @param directory where it is registered as a provider, or null
/// @param local where programs behind it find signals and health, or null
/// @param backends what serves, by name
/// @param exports by full gRPC service name: which backend serves which effective label
public record ServerConfig(
    List<String> listen,
    List<DialConfig> dial,
    @Nullable AnnounceConfig directory,
    DoorAddress.@Nullable Unix local,
    Map<String, BackendConfig> backends,
    Map<String, Policies<String>> exports) {
  /// Copies the collections and keeps their order.
  public ServerConfig {
    listen = List.copyOf(listen);
    dial = List.copyOf(dial);
    backends = Collections.unmodifiableMap(new LinkedHashMap<>(backends));
    exports = Collections.unmodifiableMap(new LinkedHashMap<>(exports));
  }

  /// One that exports nothing yet and has no local listener.
  ///
  /// @param listen addresses of links, such as `tls://0.0.0.0:7443` or `quic://0.0.0.0:7443`; port
  ///   0: the system chooses
  /// @throws IllegalArgumentException if one is no address
  public static ServerConfig of(String... listen) {
    List<String> addresses = List.of(listen);
    addresses.forEach(Media::checkListening);
    return new ServerConfig(addresses, List.of(), null, null, Map.of(), Map.of());
  }

  /// The same with another user whom it dials: behind a router that lets nobody in.
  ///
  /// @param user who must be there; its configuration says where, under `client.listen`
  /// @param addresses best first
  /// @throws IllegalArgumentException if there is no address, too many, or one of another form
  public ServerConfig dialling(Identity user, String... addresses) {
    List<DialConfig> more = new ArrayList<>(dial);
    more.add(new DialConfig(user, List.of(addresses)));
    return new ServerConfig(listen, more, directory, local, backends, exports);
  }

  /// The same, registered as a provider.
  public ServerConfig announced(AnnounceConfig where) {
    return new ServerConfig(listen, dial, where, local, backends, exports);
  }

  /// The same with a service that the program hosts, exported to all labels: every session that
  /// somebody has a grant for.
  ///
  /// @param backend by which name the program gives it to the node
  /// @param service full gRPC service name
  public ServerConfig hosting(String backend, String service) {
    return withBackend(backend, new BackendConfig.Hosted(service))
        .exporting(service, new Policies<>(List.of(), backend));
  }

  /// The same with another backend.
  public ServerConfig withBackend(String name, BackendConfig backend) {
    Map<String, BackendConfig> more = new LinkedHashMap<>(backends);
    more.put(name, backend);
    return new ServerConfig(listen, dial, directory, local, more, exports);
  }

  /// The same with a service exported by these policies instead of those it had.
  ///
  /// @param service full gRPC service name
  /// @param policies name backends
  public ServerConfig exporting(String service, Policies<String> policies) {
    Map<String, Policies<String>> more = new LinkedHashMap<>(exports);
    more.put(SessionRequest.checkService(service), policies);
    return new ServerConfig(listen, dial, directory, local, backends, more);
  }
}

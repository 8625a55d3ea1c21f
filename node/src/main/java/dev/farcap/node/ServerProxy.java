package dev.farcap.node;

import dev.farcap.door.Arrivals;
import dev.farcap.door.Caller;
import dev.farcap.door.Door;
import dev.farcap.door.DoorAddress;
import dev.farcap.door.DoorLimits;
import dev.farcap.link.LinkEndpoint;
import dev.farcap.routing.Policies;
import dev.farcap.routing.Policy;
import dev.farcap.routing.Selection;
import dev.farcap.server.Backend;
import dev.farcap.server.LocalListener;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import dev.farcap.signals.SignalsService;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The part of a process that serves sessions to peers.
///
/// Started and closed by one thread, which also brings changes of the configuration.
final class ServerProxy implements AutoCloseable {
  /// Signal contexts of the programs behind it.
  private static final int CONTEXTS_MAX = 10_000;

  private final Exports exports;
  private final HostedSessions sessions;
  private final Backends backends;
  private @Nullable Door local;

  /// @param exports what the gate reads; filled here
  /// @param sessions the gate that the links ask
  /// @param backends started here
  ServerProxy(Exports exports, HostedSessions sessions, Backends backends) {
    this.exports = exports;
    this.sessions = sessions;
    this.backends = backends;
  }

  /// What is exported now: read by the gate at each decision.
  static final class Exports {
    private volatile Map<String, Policies<Backend>> policies = Map.of();

    Map<String, Policies<Backend>> policies() {
      return policies;
    }
  }

  /// Starts the backends and the local listener, then dials users.
  ///
  /// @throws IOException if a folder, file or address cannot be used
  void start(
      ServerConfig config,
      LinkEndpoint endpoint,
      Media media,
      Arrivals arrivals,
      Loops loops,
      String realm)
      throws IOException {
    follow(config);
    if (config.local() != null) {
      local = openLocal(config.local(), endpoint, arrivals, loops, realm);
    }
    for (DialConfig dial : config.dial()) {
      var _ = endpoint.dial(dial.user(), media.routes(dial.addresses()));
    }
  }

  private static Door openLocal(
      DoorAddress.Unix address, LinkEndpoint endpoint, Arrivals arrivals, Loops loops, String realm)
      throws IOException {
    SignalPort port = endpoint.signals(request -> peer(request, realm));
    SignalsService signals =
        new SignalsService(port, UnaryOperator.identity(), loops.main(), CONTEXTS_MAX);
    SocketFolder.make(address);
    return LocalListener.open(
        "local",
        address,
        DoorLimits.DEFAULT,
        arrivals,
        List.of(signals.bindService()),
        Caller.Watcher.NONE,
        loops.main());
  }

  /// Who has the session of an effective label: its first element says so.
  static Identity peer(SessionRequest request, String realm) {
    if (request.label().isEmpty()) {
      throw new IllegalArgumentException(
          "the label is empty; expected the session's own, as in 'farcap-label'");
    }
    String element = request.label().elements().getFirst();
    return element.startsWith("//")
        ? Identity.parse("farcap:" + element)
        : new Identity(realm, element);
  }

  /// Takes over backends and policies. Sessions that are served as before stay; the others end.
  ///
  /// @throws IOException if a backend cannot be started; then nothing changes
  void follow(ServerConfig config) throws IOException {
    Runnable stopUnused = backends.follow(config.backends());
    Map<String, Policies<Backend>> before = exports.policies;
    Map<String, Policies<Backend>> after = new HashMap<>();
    config.exports().forEach((service, names) -> after.put(service, resolve(service, names)));
    exports.policies = Map.copyOf(after);
    sessions.endUnless(
        (service, label) -> {
          Backend serves = backend(after, service, label);
          return serves != null && serves.equals(backend(before, service, label));
        });
    stopUnused.run();
  }

  private Policies<Backend> resolve(String service, Policies<String> names) {
    String byDefault = names.byDefault();
    return new Policies<>(
        names.policies().stream()
            .map(
                policy ->
                    new Policy<>(
                        policy.place(),
                        policy.pattern(),
                        backends.backend(policy.serves(), service)))
            .toList(),
        byDefault == null ? null : backends.backend(byDefault, service));
  }

  private static @Nullable Backend backend(
      Map<String, Policies<Backend>> exports, String service, Label label) {
    Policies<Backend> policies = exports.get(service);
    return policies != null && policies.select(label) instanceof Selection.Selected<Backend> chosen
        ? chosen.serves()
        : null;
  }

  /// The listener for programs behind it, if there is one.
  @Nullable Door local() {
    return local;
  }

  void drain(Duration patience) {
    if (local != null) {
      local.drain(patience);
    }
  }

  @Override
  public void close() {
    if (local != null) {
      local.close();
    }
    backends.close();
  }
}

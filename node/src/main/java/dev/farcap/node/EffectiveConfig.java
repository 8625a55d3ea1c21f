package dev.farcap.node;

import dev.farcap.capability.SignedBundle;
import dev.farcap.client.FrontDoorConfig;
import dev.farcap.config.Value;
import dev.farcap.door.DoorLimits;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.routing.Policies;
import dev.farcap.session.ServiceAlias;
import dev.farcap.transport.shm.ShmConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// What a configuration comes to, defaults included, in lines for the log; without secrets, which
/// no configuration holds.
final class EffectiveConfig {
  private static final int MILLIS = 1_000;

  private EffectiveConfig() {}

  static List<String> of(NodeConfig config, Trust trust) {
    List<String> lines = new ArrayList<>();
    lines.add("configuration %s: %s".formatted(config.name(), config.role()));
    lines.add(
        "identity %s, holder key %s, certificate until %s"
            .formatted(trust.identity(), trust.holderKey(), trust.certificateExpires()));
    SignedBundle bundle = trust.signedBundle();
    lines.add("trust bundle %d, SHA-256 %s".formatted(bundle.bundle().number(), bundle.sha256()));
    lines.addAll(fixed(config));
    if (config.server() != null) {
      lines.addAll(served(config.server()));
    }
    return lines;
  }

  /// What does not change without a restart.
  static List<String> fixed(NodeConfig config) {
    List<String> lines = new ArrayList<>();
    lines.add("state " + config.state());
    lines.add("status " + status(config));
    lines.add(line(config.link()));
    if (!config.shm().equals(ShmConfig.DEFAULT)) {
      lines.add(line(config.shm()));
    }
    ClientConfig client = config.client();
    if (client != null) {
      lines.add("directory " + client.directory() + ", grants " + client.grants());
      lines.addAll(listen(client.listen()));
      if (client.program() != null) {
        lines.add(
            "program %s, while down %s"
                .formatted(client.program().name(), Value.spelling(client.program().whileDown())));
      }
      client.listeners().forEach(listener -> lines.add(line(listener)));
      lines.add("LOG stand-in " + (client.logStandIn() ? "on" : "off"));
    }
    ServerConfig server = config.server();
    if (server != null) {
      lines.addAll(listen(server.listen()));
      server.dial().forEach(dial -> lines.add(line(dial)));
      if (server.directory() != null) {
        lines.add("registered with " + server.directory());
      }
      if (server.local() != null) {
        lines.add("local listener " + server.local());
      }
    }
    return lines;
  }

  private static String status(NodeConfig config) {
    OptionalInt port = config.statusPort();
    return port.isPresent() ? "port " + port.getAsInt() : "none";
  }

  private static List<String> listen(List<String> addresses) {
    return addresses.isEmpty() ? List.of() : List.of("listen " + String.join(", ", addresses));
  }

  private static String line(DialConfig dial) {
    return "dial %s at %s".formatted(dial.user(), String.join(", ", dial.addresses()));
  }

  private static String line(ShmConfig shm) {
    return "shm spinning %s, access %s"
        .formatted(Value.spelling(shm.spinning()), Value.spelling(shm.access()));
  }

  private static String line(LinkSettings link) {
    return "link resumeWindow %s, pingInterval %s, openTimeout %s, rerouteGrace %s, drainTimeout %s"
        .formatted(
            seconds(link.resumeWindow()),
            seconds(link.pingInterval()),
            seconds(link.openTimeout()),
            seconds(link.rerouteGrace()),
            seconds(link.drainTimeout()));
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % MILLIS == 0
        ? duration.toSeconds() + "s"
        : duration.toMillis() + "ms";
  }

  private static String line(DoorLimits limits) {
    return "%d connections, %d calls, %d calls per connection"
        .formatted(limits.connections(), limits.calls(), limits.callsPerConnection());
  }

  private static String line(ListenerConfig listener) {
    FrontDoorConfig door = listener.door();
    return "listener %s at %s, while down %s, %s, %d sessions per connection, idle %s"
        .formatted(
            door.name(),
            door.address(),
            Value.spelling(listener.whileDown()),
            line(door.limits()),
            door.sessionsPerConnection(),
            seconds(door.idle()));
  }

  private static List<String> served(ServerConfig server) {
    List<String> lines = new ArrayList<>();
    server.backends().forEach((name, backend) -> lines.add("backend " + name + ": " + backend));
    server
        .exports()
        .forEach(
            (service, policies) ->
                lines.add("export " + ServiceAlias.shorten(service) + ": " + line(policies)));
    return lines;
  }

  private static String line(Policies<String> policies) {
    return "%d policies, default %s"
        .formatted(
            policies.policies().size(),
            policies.byDefault() == null ? "denied" : policies.byDefault());
  }
}

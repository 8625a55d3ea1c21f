package dev.farcap.node;

import static java.util.stream.Collectors.joining;

import com.google.protobuf.ByteString;
import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.door.DoorAddress;
import dev.farcap.rom.RomConfig;
import dev.farcap.routing.Policies;
import dev.farcap.routing.Policy;
import dev.farcap.routing.Provider;
import dev.farcap.routing.file.PolicyReader;
import dev.farcap.server.Target;
import dev.farcap.session.Identity;
import dev.farcap.session.ServiceAlias;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Reads the section `server`.
final class ServerConfigReader {
  /// Each costs a dial and a link.
  private static final int USERS_MAX = 256;

  private static final int BACKENDS_MAX = 256;
  private static final int EXPORTS_MAX = 256;
  private static final int DEFAULTS_MAX = 256;

  private final @Nullable Set<String> hosts;
  private final Set<Identity> users = new HashSet<>();
  private final Set<String> declared = new HashSet<>();
  private final Map<String, BackendConfig> backends = new HashMap<>();

  /// @param hosts the backends that the program gives services for; null where that is not known
  ServerConfigReader(@Nullable Set<String> hosts) {
    this.hosts = hosts;
  }

  ServerConfig server(Fields fields) {
    if (!fields.has("listen") && !fields.has("dial")) {
      fields.reject("expected 'listen', 'dial' or both");
    }
    List<String> listen =
        fields.optional("listen").map(ServerConfigReader::listen).orElse(List.of());
    List<DialConfig> dial = fields.optional("dial").map(this::users).orElse(List.of());
    AnnounceConfig directory =
        fields
            .optional("directory")
            .map(value -> ConsulReader.announce(value, listen))
            .orElse(null);
    DoorAddress.Unix local =
        fields.optional("local").map(value -> value.fields(Endpoints::unix)).orElse(null);
    Value named = fields.required("backends");
    named.map(BACKENDS_MAX, this::declare);
    checkHosted(named);
    Map<String, Policies<String>> exports = new LinkedHashMap<>();
    fields
        .required("exports")
        .map(
            EXPORTS_MAX,
            (name, value) -> {
              String service = ServiceAlias.resolve(name);
              exports.put(service, export(service, value));
              return name;
            });
    return new ServerConfig(listen, dial, directory, local, backends, exports);
  }

  // ---- links

  static List<String> listen(Value value) {
    return value.list(Provider.ADDRESSES_MAX, address -> address.parsed(Media::checkListening));
  }

  private static List<String> addresses(Value value) {
    return value.list(Provider.ADDRESSES_MAX, address -> address.parsed(Media::checkAddress));
  }

  private List<DialConfig> users(Value value) {
    return value.list(USERS_MAX, user -> user.fields(this::user));
  }

  private DialConfig user(Fields fields) {
    return new DialConfig(
        fields.required("identity").parsed(this::once), addresses(fields.required("addresses")));
  }

  private Identity once(String text) {
    Identity user = Identity.parse(text);
    if (!users.add(user)) {
      throw new IllegalArgumentException(user + " is dialled already");
    }
    return user;
  }

  // ---- backends

  private String declare(String name, Value value) {
    declared.add(name);
    BackendConfig config = value.fields(ServerConfigReader::backend);
    if (config instanceof BackendConfig.Hosted && hosts != null && !hosts.contains(name)) {
      value.reject("the program gives no service for this backend");
    }
    backends.put(name, config);
    return name;
  }

  private void checkHosted(Value named) {
    for (String name : hosts == null ? Set.<String>of() : new TreeSet<>(hosts)) {
      if (!declared.contains(name)) {
        named.reject("the program hosts '" + name + "', but there is no such backend");
      } else if (backends.get(name) != null
          && !(backends.get(name) instanceof BackendConfig.Hosted)) {
        named.reject("the program hosts '" + name + "', but that backend is not 'hosted'");
      }
    }
  }

  private static BackendConfig backend(Fields fields) {
    List<String> kinds =
        Stream.of("rom", "log", "report", "timer", "hosted", "grpc").filter(fields::has).toList();
    if (kinds.size() != 1) {
      throw new IllegalArgumentException(
          "expected exactly one of 'rom', 'log', 'report', 'timer', 'hosted' and 'grpc'");
    }
    Value value = fields.required(kinds.getFirst());
    return switch (kinds.getFirst()) {
      case "rom" ->
          value.isScalar()
              ? new BackendConfig.Rom(folder(value), Map.of())
              : value.fields(ServerConfigReader::rom);
      case "log" ->
          value.isScalar()
              ? new BackendConfig.LogFile(file(value), false)
              : value.fields(ServerConfigReader::logFile);
      case "report" -> value.fields(_ -> new BackendConfig.Report());
      case "timer" -> value.fields(_ -> new BackendConfig.Timer());
      case "hosted" -> new BackendConfig.Hosted(value.parsed(ServiceAlias::resolve));
      default -> value.fields(ServerConfigReader::grpc);
    };
  }

  private static BackendConfig rom(Fields fields) {
    return new BackendConfig.Rom(
        folder(fields.required("root")),
        fields
            .optional("default")
            .map(value -> value.map(DEFAULTS_MAX, ServerConfigReader::content))
            .orElse(Map.of()));
  }

  private static ByteString content(String name, Value value) {
    ByteString content = ByteString.copyFromUtf8(value.string());
    if (content.size() > RomConfig.DEFAULT_BYTES_MAX) {
      value.reject("content is " + content.size() + " bytes, limit " + RomConfig.DEFAULT_BYTES_MAX);
    }
    return content;
  }

  private static Path folder(Value value) {
    Path folder = value.path();
    if (!folder.toString().isEmpty() && !Files.isDirectory(folder)) {
      value.reject("no folder at " + folder);
    }
    return folder;
  }

  private static BackendConfig logFile(Fields fields) {
    return new BackendConfig.LogFile(
        file(fields.required("file")), fields.optional("sync").map(Value::bool).orElse(false));
  }

  private static Path file(Value value) {
    Path file = value.path();
    if (Files.isDirectory(file)) {
      value.reject(file + " is a folder, expected a file");
    } else if (file.getParent() != null && !Files.isDirectory(file.getParent())) {
      value.reject("no folder at " + file.getParent());
    }
    return file;
  }

  private static BackendConfig grpc(Fields fields) {
    if (Endpoints.isUnix(fields)) {
      return new BackendConfig.Grpc(new Target.Unix(Endpoints.socket(fields.required("unix"))));
    }
    Value address = fields.required("tcp");
    return new BackendConfig.Grpc(
        fields
            .optional("tls")
            .<Target>map(tls -> tls(address, tls))
            .orElseGet(() -> new Target.Loopback(Endpoints.loopback(address))));
  }

  private static Target tls(Value address, Value tls) {
    InetSocketAddress socket = address.parsed(Endpoints::hostPort);
    return tls.fields(
        fields ->
            new Target.Tls(
                socket.getHostString(),
                socket.getPort(),
                fields.optional("authorities").map(ServerConfigReader::authorities).orElse(null)));
  }

  private static Path authorities(Value value) {
    Path file = value.readableFile();
    if (Files.isReadable(file)) {
      try {
        Target.Tls.checkTrusted(file);
      } catch (IllegalArgumentException e) {
        value.reject(String.valueOf(e.getMessage()));
      }
    }
    return file;
  }

  // ---- exports

  private Policies<String> export(String service, Value value) {
    if (value.isScalar()) {
      return new Policies<>(List.of(), backendName(service, value));
    }
    return value.fields(
        fields -> {
          if (!fields.has("policies") && !fields.has("default")) {
            throw new IllegalArgumentException(
                "serves nobody: expected 'policies', 'default' or both");
          }
          List<Policy<String>> policies =
              fields
                  .optional("policies")
                  .map(
                      list ->
                          PolicyReader.policies(
                              list, policy -> backendName(service, policy.required("backend"))))
                  .orElse(List.of());
          return new Policies<>(
              policies, fields.optional("default").map(v -> backendName(service, v)).orElse(null));
        });
  }

  private String backendName(String service, Value value) {
    String name = value.string();
    if (!declared.contains(name)) {
      value.reject("there is no backend '" + name + "'");
    } else {
      checkServes(service, name, value);
    }
    return name;
  }

  private void checkServes(String service, String name, Value value) {
    Set<String> served =
        switch (backends.get(name)) {
          case BackendConfig.Rom _ -> Set.of(ServiceAlias.ROM.service());
          case BackendConfig.LogFile _ -> Set.of(ServiceAlias.LOG.service());
          case BackendConfig.Report _ ->
              Set.of(ServiceAlias.REPORT.service(), ServiceAlias.ROM.service());
          case BackendConfig.Timer _ -> Set.of(ServiceAlias.TIMER.service());
          case BackendConfig.Hosted hosted -> Set.of(hosted.service());
          case BackendConfig.Grpc _ -> Set.of(service);
          // It has a problem of its own.
          case null -> Set.of(service);
        };
    if (!served.contains(service)) {
      value.reject(
          "backend '"
              + name
              + "' serves "
              + served.stream().map(ServiceAlias::shorten).sorted().collect(joining(" and "))
              + ", not "
              + service);
    }
  }
}

package dev.farcap.node;

import dev.farcap.client.FrontDoorConfig;
import dev.farcap.config.ConfigException;
import dev.farcap.config.Fields;
import dev.farcap.config.Problem;
import dev.farcap.config.Value;
import dev.farcap.door.DoorAddress;
import dev.farcap.door.DoorLimits;
import dev.farcap.node.ListenerConfig.WhileDown;
import dev.farcap.session.Label;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Reads the section `client`.
final class ClientConfigReader {
  /// A host has fewer kinds of programs.
  private static final int LISTENERS_MAX = 64;

  private static final int BOUND_MAX = 1_000_000;
  private static final Duration IDLE_MIN = Duration.ofSeconds(1);
  private static final Duration IDLE_MAX = Duration.ofDays(1);

  private final List<Problem> elsewhere;
  private final boolean opens;
  private final Set<String> names = new HashSet<>();

  /// @param elsewhere takes the problems of other files
  /// @param opens whether there must be a program that opens sessions itself
  ClientConfigReader(List<Problem> elsewhere, boolean opens) {
    this.elsewhere = elsewhere;
    this.opens = opens;
  }

  ClientConfig client(Fields fields) {
    if (!opens && !fields.has("program") && !fields.has("listeners")) {
      fields.reject("expected 'program', 'listeners' or both");
    }
    return new ClientConfig(
        directory(fields.required("directory")),
        folder(fields.required("grants")),
        fields.optional("listen").map(ServerConfigReader::listen).orElse(List.of()),
        (opens ? Optional.of(fields.required("program")) : fields.optional("program"))
            .map(this::program)
            .orElse(null),
        fields.optional("listeners").map(this::listeners).orElse(List.of()),
        fields
            .optional("standIns")
            .map(value -> value.fields(ClientConfigReader::logStandIn))
            .orElse(true));
  }

  private ProgramConfig program(Value value) {
    return value.isScalar()
        ? ProgramConfig.of(value.parsed(this::name))
        : value.fields(
            fields ->
                new ProgramConfig(fields.required("name").parsed(this::name), whileDown(fields)));
  }

  private static WhileDown whileDown(Fields fields) {
    return fields.optional("whileDown").map(v -> v.oneOf(WhileDown.class)).orElse(WhileDown.WAIT);
  }

  private DirectoryConfig directory(Value value) {
    return value.isScalar()
        ? new DirectoryConfig.File(file(value))
        : new DirectoryConfig.Consul(
            value.fields(fields -> ConsulReader.consul(fields.required("consul"))));
  }

  private Path file(Value value) {
    Path file = value.path();
    if (!file.toString().isEmpty()) {
      try {
        var _ = NodeConfig.readDirectory(file);
      } catch (ConfigException e) {
        elsewhere.addAll(e.problems());
      }
    }
    return file;
  }

  private static Path folder(Value value) {
    Path folder = value.path();
    if (!folder.toString().isEmpty() && !Files.isDirectory(folder)) {
      value.reject("no folder at " + folder);
    }
    return folder;
  }

  private static Boolean logStandIn(Fields fields) {
    return fields.optional("LOG").map(Value::bool).orElse(true);
  }

  private List<ListenerConfig> listeners(Value value) {
    List<ListenerConfig> listeners = value.list(LISTENERS_MAX, item -> item.fields(this::listener));
    if (listeners.isEmpty() && names.isEmpty()) {
      value.reject("expected at least one listener");
    }
    return listeners;
  }

  private ListenerConfig listener(Fields fields) {
    String name = fields.required("name").parsed(this::name);
    DoorAddress address = Endpoints.read(fields);
    DoorLimits usual = DoorLimits.DEFAULT;
    DoorLimits limits =
        new DoorLimits(
            bound(fields, "connections", usual.connections()),
            bound(fields, "calls", usual.calls()),
            bound(fields, "callsPerConnection", usual.callsPerConnection()),
            usual.messageBytes(),
            usual.metadataBytes());
    FrontDoorConfig door =
        new FrontDoorConfig(
            name,
            address,
            limits,
            bound(fields, "sessionsPerConnection", FrontDoorConfig.DEFAULT_SESSIONS_PER_CONNECTION),
            fields
                .optional("idle")
                .map(value -> value.duration(IDLE_MIN, IDLE_MAX))
                .orElse(FrontDoorConfig.DEFAULT_IDLE));
    return new ListenerConfig(door, whileDown(fields));
  }

  private String name(String text) {
    Label.checkElement(text);
    if (!names.add(text)) {
      throw new IllegalArgumentException(
          "another listener or program is named '" + text + "' already");
    }
    return text;
  }

  private static int bound(Fields fields, String key, int usual) {
    return fields.optional(key).map(value -> value.integer(1, BOUND_MAX)).orElse(usual);
  }
}

package dev.farcap.node;

import dev.farcap.ca.CaException;
import dev.farcap.ca.HolderCredentials;
import dev.farcap.config.ConfigException;
import dev.farcap.config.Document;
import dev.farcap.config.Fields;
import dev.farcap.config.Problem;
import dev.farcap.config.Value;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.transport.UnixSocketPath.Access;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.Spinning;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the configuration file of a process.
///
/// What the file names is looked at too, so that an operator sees all that is wrong in one go:
/// problems of credentials and folders stand at the key that names them, those of the directory
/// file at its own lines.
final class NodeConfigReader {
  private static final Duration MOMENT = Duration.ofMillis(10);
  private static final Duration LONG = Duration.ofHours(1);
  private static final int PORT_MAX = 0xFFFF;

  private static final List<String> NOT_OF_STATUS =
      List.of("identity", "trustBundle", "link", "shm", "client", "server");

  private final List<Problem> elsewhere = new ArrayList<>();
  private final InstantSource clock;
  private final Use use;

  /// What the file is read for, so that what is missing for it is a problem with a place.
  ///
  /// @param opens whether the program opens sessions itself
  /// @param hosts the backends that the program gives services for; null where that is not known
  record Use(boolean opens, @Nullable Set<String> hosts) {
    static final Use ANY = new Use(false, null);
  }

  private NodeConfigReader(InstantSource clock, Use use) {
    this.clock = clock;
    this.use = use;
  }

  static NodeConfig read(Path file, Use use) {
    return new NodeConfigReader(InstantSource.system(), use).readAll(file);
  }

  /// Reads where the status page is and nothing else.
  static StatusAddress.Told readStatus(Path file) {
    return Document.read(
        file,
        root -> {
          NOT_OF_STATUS.forEach(root::has);
          return new StatusAddress.Told(root.required("state").path(), statusPort(root));
        });
  }

  private static OptionalInt statusPort(Fields root) {
    return root.optional("status")
        .map(port -> OptionalInt.of(port.integer(0, PORT_MAX)))
        .orElse(OptionalInt.empty());
  }

  private NodeConfig readAll(Path file) {
    List<Problem> problems = new ArrayList<>();
    NodeConfig config = null;
    try {
      config = Document.read(file, root -> node(file, root));
    } catch (ConfigException e) {
      problems.addAll(e.problems());
    }
    problems.addAll(elsewhere);
    if (config == null || !problems.isEmpty()) {
      throw new ConfigException(problems);
    }
    return config;
  }

  private NodeConfig node(Path file, Fields root) {
    return new NodeConfig(
        file,
        credentials(root.required("identity")),
        root.required("trustBundle").parsed(NodeConfigReader::sha256),
        root.required("state").path(),
        statusPort(root),
        root.optional("link")
            .map(value -> value.fields(NodeConfigReader::link))
            .orElse(LinkSettings.DEFAULT),
        root.optional("shm")
            .map(value -> value.fields(NodeConfigReader::shm))
            .orElse(ShmConfig.DEFAULT),
        section(root, "client", use.opens())
            .map(value -> value.fields(new ClientConfigReader(elsewhere, use.opens())::client))
            .orElse(null),
        section(root, "server", use.hosts() != null)
            .map(value -> value.fields(new ServerConfigReader(use.hosts())::server))
            .orElse(null));
  }

  private static Optional<Value> section(Fields root, String key, boolean needed) {
    return needed ? Optional.of(root.required(key)) : root.optional(key);
  }

  /// The folder, once it has been seen to hold usable credentials.
  private Path credentials(Value value) {
    Path folder = value.path();
    if (!folder.toString().isEmpty()) {
      try {
        HolderCredentials.load(folder, clock.instant());
      } catch (CaException e) {
        value.reject(e.getMessage());
      }
    }
    return folder;
  }

  private static String sha256(String text) {
    if (!text.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "expected the SHA-256 that 'farcap ca init' and 'farcap ca issue' print, 64 of"
              + " [0-9a-f], found '"
              + text
              + "'");
    }
    return text;
  }

  private static LinkSettings link(Fields fields) {
    LinkSettings usual = LinkSettings.DEFAULT;
    return new LinkSettings(
        usual.limits(),
        duration(fields, "resumeWindow", Duration.ZERO, usual.resumeWindow()),
        duration(fields, "pingInterval", MOMENT, usual.pingInterval()),
        duration(fields, "openTimeout", MOMENT, usual.openTimeout()),
        duration(fields, "rerouteGrace", Duration.ZERO, usual.rerouteGrace()),
        duration(fields, "drainTimeout", Duration.ZERO, usual.drainTimeout()));
  }

  private static ShmConfig shm(Fields fields) {
    ShmConfig usual = ShmConfig.DEFAULT;
    return new ShmConfig(
        usual.ringBytes(),
        fields.optional("spinning").map(v -> v.oneOf(Spinning.class)).orElse(usual.spinning()),
        fields.optional("access").map(v -> v.oneOf(Access.class)).orElse(usual.access()),
        usual.handshake());
  }

  private static Duration duration(Fields fields, String key, Duration min, Duration usual) {
    return fields.optional(key).map(value -> value.duration(min, LONG)).orElse(usual);
  }
}

package dev.farcap.node;

import dev.farcap.config.ConfigException;
import dev.farcap.link.engine.LinkSettings;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What one process is to be: its identity and the parts it plays.
///
/// @param file where it was read, for messages
/// @param identity folder that `farcap ca issue` wrote
/// @param trustBundle SHA-256 of the trust bundle to begin with, 64 hexadecimal digits
/// @param state folder of this process alone, made at start
/// @param statusPort loopback port of metrics, health and status; 0 lets the system choose; empty
///   for none
/// @param link how links behave in time
/// @param client the part that opens sessions, or null
/// @param server the part that serves them, or null
public record NodeConfig(
    Path file,
    Path identity,
    String trustBundle,
    Path state,
    OptionalInt statusPort,
    LinkSettings link,
    @Nullable ClientConfig client,
    @Nullable ServerConfig server) {

  /// @throws IllegalArgumentException if it plays no part
  public NodeConfig {
    if (client == null && server == null) {
      throw new IllegalArgumentException("expected a section 'client', 'server' or both");
    }
  }

  /// Reads a file and looks at everything it names: credentials, directory, folders.
  ///
  /// @throws ConfigException with every problem of all files
  public static NodeConfig read(Path file) {
    return NodeConfigReader.read(file);
  }

  /// The parts it plays, for logs.
  public String role() {
    if (client != null && server != null) {
      return "client-proxy and server-proxy";
    }
    return client != null ? "client-proxy" : "server-proxy";
  }

  /// The same with another server section.
  NodeConfig withServer(ServerConfig other) {
    return new NodeConfig(file, identity, trustBundle, state, statusPort, link, client, other);
  }
}

package dev.farcap.node;

import dev.farcap.ca.CaException;
import dev.farcap.config.ConfigException;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.consul.ConsulConfig;
import dev.farcap.routing.consul.ConsulDirectory;
import dev.farcap.routing.consul.ConsulFailure;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.transport.shm.ShmConfig;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/// What one process is to be: its identity and the parts it plays.
///
/// Read from a file, or made in code:
///
/// ```java
/// NodeConfig.client(credentials, trustBundle, state, ClientConfig.of("app1", directory, grants));
/// NodeConfig.server(
///     credentials, trustBundle, state,
///     ServerConfig.of("tls://0.0.0.0:7443").hosting("greeter", "acme.Greeter"));
/// ```
///
/// @param file where it was read, and is read again when it changes; null for one made in code
/// @param identity folder that `farcap ca issue` wrote
/// @param trustBundle SHA-256 of the trust bundle to begin with, 64 hexadecimal digits
/// @param state folder of this process alone, made at start
/// @param statusPort loopback port of metrics, health and status; 0 lets the system choose; empty
///   for none
/// @param link how links behave in time
/// @param shm how links over shared memory are made
/// @param client the part that opens sessions, or null
/// @param server the part that serves them, or null
public record NodeConfig(
    @Nullable Path file,
    Path identity,
    String trustBundle,
    Path state,
    OptionalInt statusPort,
    LinkSettings link,
    ShmConfig shm,
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
    return NodeConfigReader.read(file, NodeConfigReader.Use.ANY);
  }

  /// Reads a directory as a client-proxy would: with addresses of the media that it has.
  ///
  /// @throws ConfigException with every problem of the file
  public static DirectorySnapshot readDirectory(Path file) {
    return FileDirectory.read(file, Media::checkAddress);
  }

  /// What the directory of the client part says now.
  ///
  /// @throws ConfigException with every problem of its text
  /// @throws NodeException if it is in Consul and cannot be had, or is not to be believed
  /// @throws IllegalStateException if there is no client part
  public DirectorySnapshot readDirectory() throws NodeException {
    if (client == null) {
      throw new IllegalStateException("there is no client part");
    }
    return switch (client.directory()) {
      case DirectoryConfig.File(Path source) -> readDirectory(source);
      case DirectoryConfig.Consul(ConsulConfig consul) -> readDirectory(consul);
    };
  }

  private DirectorySnapshot readDirectory(ConsulConfig consul) throws NodeException {
    try {
      InstantSource clock = InstantSource.system();
      Trust trust = Trust.load(this, clock);
      return ConsulDirectory.read(
          consul, trust.identity().realm(), new RealmTrust(trust, clock), Media::checkAddress);
    } catch (CaException | ConsulFailure | IllegalArgumentException e) {
      throw new NodeException(consul + ": " + e.getMessage(), e);
    }
  }

  /// One that opens sessions, with the usual times of links and no status port.
  ///
  /// @param identity folder that `farcap ca issue` wrote
  /// @param trustBundle SHA-256 of the trust bundle to begin with, 64 hexadecimal digits
  /// @param state folder of this process alone, made at start
  public static NodeConfig client(
      Path identity, String trustBundle, Path state, ClientConfig client) {
    return of(identity, trustBundle, state, client, null);
  }

  /// One that serves sessions, likewise.
  ///
  /// @param identity folder that `farcap ca issue` wrote
  /// @param trustBundle SHA-256 of the trust bundle to begin with, 64 hexadecimal digits
  /// @param state folder of this process alone, made at start
  public static NodeConfig server(
      Path identity, String trustBundle, Path state, ServerConfig server) {
    return of(identity, trustBundle, state, null, server);
  }

  private static NodeConfig of(
      Path identity,
      String trustBundle,
      Path state,
      @Nullable ClientConfig client,
      @Nullable ServerConfig server) {
    return new NodeConfig(
        null,
        identity,
        trustBundle,
        state,
        OptionalInt.empty(),
        LinkSettings.DEFAULT,
        ShmConfig.DEFAULT,
        client,
        server);
  }

  /// The same with other times of links.
  public NodeConfig withLink(LinkSettings other) {
    return new NodeConfig(
        file, identity, trustBundle, state, statusPort, other, shm, client, server);
  }

  /// The same with other habits of shared memory.
  public NodeConfig withShm(ShmConfig other) {
    return new NodeConfig(
        file, identity, trustBundle, state, statusPort, link, other, client, server);
  }

  /// The same with a port of metrics, health and status.
  ///
  /// @param port of loopback; 0 lets the system choose
  public NodeConfig withStatus(int port) {
    return new NodeConfig(
        file, identity, trustBundle, state, OptionalInt.of(port), link, shm, client, server);
  }

  /// What messages call it: the file, or that there is none.
  String name() {
    return file == null ? "configuration" : file.toString();
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
    return new NodeConfig(file, identity, trustBundle, state, statusPort, link, shm, client, other);
  }
}

package dev.farcap.demo;

import dev.farcap.ca.CaException;
import dev.farcap.ca.GrantOrder;
import dev.farcap.ca.Issued;
import dev.farcap.ca.RealmFolder;
import dev.farcap.capability.LabelPattern;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// The files of the demo: what an operator makes by `farcap ca` and an editor.
///
/// ```
/// realm/                     the authority's keys
/// host-a/, host-b/           credentials, configuration and state of either side
/// roms/                      shared, where no other folder is given
/// live/                      the module that the demo changes
/// ```
final class DemoFolder implements AutoCloseable {
  /// Full name of the program's service.
  static final String GREETER = "farcap.demo.greeter.v1.Greeter";

  /// The module that the demo changes.
  static final String LIVE = "farcap-demo";

  /// The kernel's bound of a socket's path, and the longest name below this folder.
  private static final int ROOT_CHARS_MAX = 70;

  private final Path root;

  private DemoFolder(Path root) {
    this.root = root;
  }

  static DemoFolder make() throws IOException {
    Path made = Files.createTempDirectory("farcap-demo-");
    if (made.toString().length() > ROOT_CHARS_MAX) {
      Files.delete(made);
      made = Files.createTempDirectory(Path.of("/tmp"), "farcap-demo-");
    }
    return new DemoFolder(made);
  }

  Path root() {
    return root;
  }

  Path server() {
    return root.resolve("host-b");
  }

  Path client() {
    return root.resolve("host-a");
  }

  Path serverConfig() {
    return server().resolve("server.yaml");
  }

  Path clientConfig() {
    return client().resolve("client.yaml");
  }

  /// Where programs of a listener connect.
  Path socket(String listener) {
    return client().resolve(listener + ".sock");
  }

  Path greeterSocket() {
    return server().resolve("greeter.sock");
  }

  Path logFile() {
    return server().resolve("app.log");
  }

  Path live() {
    return root.resolve("live");
  }

  /// The example that is shared where no folder is given.
  Path exampleRoms() throws IOException {
    Path roms = Files.createDirectories(root.resolve("roms"));
    Files.writeString(roms.resolve("config"), "<config> <resolution width=\"1024\"/> </config>\n");
    Files.writeString(roms.resolve("motd"), "Welcome.\n");
    return roms;
  }

  /// Replaces the live module as a whole.
  void publishLive(String text) throws IOException {
    Path fresh = live().resolve(".fresh");
    Files.writeString(fresh, text, StandardCharsets.UTF_8);
    Files.move(fresh, live().resolve(LIVE), StandardCopyOption.ATOMIC_MOVE);
  }

  // ---- farcap ca

  /// Makes a realm with two hosts. Programs at the listener `app1` may use everything; those at
  /// `app2` have one grant, which has expired.
  ///
  /// @return SHA-256 of the trust bundle
  String makeRealm() throws CaException, IOException {
    RealmFolder realm = RealmFolder.init("demo", root.resolve("realm"), InstantSource.system());
    Issued a = realm.issue("host-a", client().resolve("credentials"), RealmFolder.DEFAULT_LIFE);
    realm.issue("host-b", server().resolve("credentials"), RealmFolder.DEFAULT_LIFE);
    // Not by its name: that could also be a folder where the demo is run.
    String holder = a.folder().toString();
    Path grants = Files.createDirectories(client().resolve("grants"));
    LabelPattern app1 = new LabelPattern.Prefix(Label.of("app1"));
    for (String service :
        List.of(ServiceAlias.ROM.service(), ServiceAlias.LOG.service(), GREETER)) {
      String name = service.substring(service.lastIndexOf('.') + 1);
      realm.grant(
          GrantOrder.of(holder, service, realm.servers("host-b"), app1),
          grants.resolve("app1-" + name + ".grant"));
    }
    realm.grant(
        GrantOrder.of(
                holder, GREETER, realm.servers("host-b"), new LabelPattern.Prefix(Label.of("app2")))
            .withLife(Duration.ofSeconds(1)),
        grants.resolve("app2-expired.grant"));
    return a.bundleSha256();
  }

  // ---- an editor

  /// Writes the server's configuration.
  ///
  /// @param transport of the link
  void writeServer(String trustBundle, Demo.Transport transport, Path roms) throws IOException {
    Files.createDirectories(live());
    write(
        serverConfig(),
        """
        identity: credentials
        trustBundle: %s
        state: state
        status: 0
        server:
          listen: [%s]
          backends:
            shared: {rom: %s}
            live: {rom: %s}
            log: {log: app.log}
            greeter: {grpc: {unix: greeter.sock}}
          exports:
            ROM:
              policies: [{labelSuffix: " -> %s", backend: live}]
              default: shared
            LOG: log
            %s: greeter
        """
            .formatted(
                trustBundle,
                quoted(address(transport)),
                quoted(roms.toAbsolutePath()),
                quoted(live()),
                LIVE,
                GREETER));
  }

  private String address(Demo.Transport transport) {
    return switch (transport) {
      case TLS, QUIC -> transport.scheme() + "://127.0.0.1:0";
      case SHM -> "shm://" + server().resolve("link.sock");
      case NIC -> DemoHosts.listening();
    };
  }

  /// Writes the client's configuration.
  ///
  /// @param address where the server accepts links
  void writeClient(String trustBundle, String address) throws IOException {
    write(
        client().resolve("directory.yaml"),
        """
        providers:
          host-b:
            identity: farcap://demo/host-b
            services: [ROM, LOG, %s]
            addresses: [%s]
        routes:
          - {anyService: true, to: [host-b]}
        """
            .formatted(GREETER, quoted(address)));
    write(
        clientConfig(),
        """
        identity: credentials
        trustBundle: %s
        state: state
        status: 0
        client:
          directory: directory.yaml
          grants: grants
          listeners:
            - {name: app1, unix: app1.sock}
            - {name: app2, unix: app2.sock}
        """
            .formatted(trustBundle));
  }

  private static String quoted(Object value) {
    return "\"" + value.toString().replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
  }

  /// Removes everything.
  @Override
  public void close() throws IOException {
    try (Stream<Path> paths = Files.walk(root)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}

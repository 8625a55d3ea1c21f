package dev.farcap.proof;

import dev.farcap.ca.Issued;
import dev.farcap.rom.v1.RomGrpc;
import dev.farcap.session.ServiceAlias;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The pair as an operator runs it: a realm, three files, two processes. `host-b` serves the ROMs
/// of a folder, collects log lines in a file and leads [Kinds] to a server in this process. For all
/// but [Kinds#OTHER_SERVICE] there are grants.
final class ProcessPair implements Pair {
  private static final Duration LIFE = Duration.ofDays(1);

  private final Path folder;
  private final LabRealm realm;
  private final int port;
  private final ProxyProcess server;
  private final ProxyProcess client;
  private @Nullable Wire wire;
  private String route;

  /// @param port of TCP; 0 if the addresses have none
  private ProcessPair(
      Path folder, Path backend, int port, String listen, String dialled, Network network)
      throws Exception {
    this.folder = folder;
    this.port = port;
    realm = LabRealm.make(folder);
    route = dialled;
    Issued near = realm.issue("host-a");
    Issued far = realm.issue("host-b");
    Files.createDirectory(roms());
    Files.createDirectory(grants());
    for (String service :
        List.of(Kinds.SERVICE, ServiceAlias.ROM.service(), ServiceAlias.LOG.service())) {
      realm.grant(service, "host-b", grants().resolve(service + ".grant"), LIFE);
    }
    Path serverFile = folder.resolve("server.yaml");
    Files.writeString(serverFile, serverYaml(far, backend, listen));
    Files.writeString(folder.resolve("client.yaml"), clientYaml(near));
    server =
        new ProxyProcess("server-proxy", serverFile, folder.resolve("state-b"), network.ofServer());
    client =
        new ProxyProcess(
            "client-proxy",
            folder.resolve("client.yaml"),
            folder.resolve("state-a"),
            network.ofClient());
  }

  /// Where the processes run: commands that start them.
  record Network(List<String> ofServer, List<String> ofClient) {
    static final Network OWN = new Network(List.of(), List.of());
  }

  /// Over loopback.
  static ProcessPair withBackend(Path folder, Path backend) throws Exception {
    return overTls(folder, backend, "127.0.0.1", Network.OWN);
  }

  /// Over another network.
  ///
  /// @param listen the server-proxy's IPv4 address there
  static ProcessPair over(Path folder, String listen, Network network) throws Exception {
    return overTls(folder, folder.resolve("nobody.sock"), listen, network);
  }

  private static ProcessPair overTls(Path folder, Path backend, String host, Network network)
      throws Exception {
    int port = Wire.freePort();
    String address = "tls://" + host + ":" + port;
    return new ProcessPair(folder, backend, port, address, address, network);
  }

  /// Over whatever the addresses say.
  ///
  /// @param listen of the server-proxy, at its host
  /// @param dialled the same one as the client-proxy dials it
  static ProcessPair byAddress(
      Path folder, Path backend, String listen, String dialled, Network network) throws Exception {
    return new ProcessPair(folder, backend, 0, listen, dialled, network);
  }

  /// Puts a wire that can be cut between the two.
  ProcessPair cuttable() throws Exception {
    Wire made = Wire.to(port);
    wire = made;
    route = "tls://127.0.0.1:" + made.port();
    return this;
  }

  /// Puts a wire of so many bytes a second, each way, between the two.
  ProcessPair slowedTo(long bytesPerSecond) throws Exception {
    Wire made = Wire.to(port, bytesPerSecond);
    wire = made;
    route = "tls://127.0.0.1:" + made.port();
    return this;
  }

  /// Other times than the usual ones.
  ///
  /// @param link of both sides, in YAML
  /// @param idle after which an unused session is closed
  ProcessPair withTimes(String link, String idle) throws Exception {
    editServer(text -> text + "link: " + link + "\n");
    editClient(text -> "link: " + link + "\n" + text + "      idle: " + idle + "\n");
    return this;
  }

  /// Changes the server-proxy's file, as a whole.
  void editServer(UnaryOperator<String> edit) throws Exception {
    edit("server.yaml", edit);
  }

  /// Changes the client-proxy's file; its last lines are those of the listener.
  void editClient(UnaryOperator<String> edit) throws Exception {
    edit("client.yaml", edit);
  }

  /// Changes the directory.
  void editDirectory(UnaryOperator<String> edit) throws Exception {
    edit("directory.yaml", edit);
  }

  private void edit(String name, UnaryOperator<String> edit) throws Exception {
    Path file = folder.resolve(name);
    Path fresh = folder.resolve("." + name + ".new");
    Files.writeString(fresh, edit.apply(Files.readString(file)));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Starts both and waits until a program can reach the built-in services; a backend may come
  /// later.
  ProcessPair start() throws Exception {
    writeDirectory("host-b");
    try {
      server.start();
      client.start();
      awaitServing(RomGrpc.SERVICE_NAME);
      return this;
    } catch (Exception | AssertionError e) {
      close();
      throw e;
    }
  }

  /// Tells the client-proxy who serves at the server-proxy's address.
  void writeDirectory(String host) throws Exception {
    String text =
        """
        providers:
          %1$s:
            identity: farcap://lab/%1$s
            services: [%2$s, %4$s, ROM, LOG]
            addresses: ["%3$s"]
        routes:
          - {anyService: true, to: [any]}
        """
            .formatted(host, Kinds.SERVICE, route, Kinds.OTHER_SERVICE);
    Path fresh = folder.resolve(".directory.new");
    Files.writeString(fresh, text);
    Files.move(fresh, folder.resolve("directory.yaml"), StandardCopyOption.ATOMIC_MOVE);
  }

  private String serverYaml(Issued issued, Path backend, String listen) {
    return """
    identity: %s
    trustBundle: %s
    state: %s
    status: 0
    server:
      listen: ["%s"]
      local: {unix: %s}
      backends:
        kinds: {grpc: {unix: %s}}
        roms: {rom: %s}
        log: {log: %s}
      exports:
        %s: kinds
        %s: kinds
        ROM: roms
        LOG: log
    """
        .formatted(
            issued.folder(),
            issued.bundleSha256(),
            folder.resolve("state-b"),
            listen,
            folder.resolve("local.sock"),
            backend,
            roms(),
            logFile(),
            Kinds.SERVICE,
            Kinds.OTHER_SERVICE);
  }

  private String clientYaml(Issued issued) {
    return """
    identity: %s
    trustBundle: %s
    state: %s
    status: 0
    client:
      directory: %s
      grants: %s
      listeners:
        - name: app
          unix: %s
    """
        .formatted(
            issued.folder(),
            issued.bundleSha256(),
            folder.resolve("state-a"),
            folder.resolve("directory.yaml"),
            grants(),
            socket());
  }

  /// Waits until the front door says that a service can be reached.
  void awaitServing(String service) throws Exception {
    client.awaitReady(
        () -> {
          // A socket that is not there yet would be tried again at growing intervals only.
          if (!Files.exists(socket())) {
            return false;
          }
          try (Program program = Program.at(socket())) {
            return serves(program, service);
          }
        });
  }

  private static boolean serves(Program program, String service) {
    try {
      ServingStatus status =
          HealthGrpc.newBlockingStub(program.channel())
              .withDeadlineAfter(2, TimeUnit.SECONDS)
              .check(HealthCheckRequest.newBuilder().setService(service).build())
              .getStatus();
      return status == ServingStatus.SERVING;
    } catch (StatusRuntimeException _) {
      return false;
    }
  }

  ProxyProcess server() {
    return server;
  }

  ProxyProcess client() {
    return client;
  }

  LabRealm realm() {
    return realm;
  }

  /// Where the link can be dialled.
  String route() {
    return route;
  }

  /// The folder of ROM modules.
  Path roms() {
    return folder.resolve("roms");
  }

  /// The file with the log lines.
  Path logFile() {
    return folder.resolve("app.log");
  }

  /// The folder of the client-proxy's grants.
  Path grants() {
    return folder.resolve("grants");
  }

  @Override
  public Path socket() {
    return folder.resolve("app.sock");
  }

  @Override
  public int cut() {
    if (wire == null) {
      throw new IllegalStateException("this pair's wire cannot be cut");
    }
    return wire.cut();
  }

  @Override
  public void loseServerProxy() throws Exception {
    server.kill();
    server.start();
    server.awaitReady(server::hasStatus);
  }

  @Override
  public void close() {
    client.close();
    server.close();
    if (wire != null) {
      wire.close();
    }
  }
}

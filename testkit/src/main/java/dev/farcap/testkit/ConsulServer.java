package dev.farcap.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A real Consul server with ports and a data folder of its own, alone or one of several.
///
/// It can be killed and started again: it keeps its ports, and its data unless they are removed.
public final class ConsulServer implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(60);
  private static final long LOOK_NANOS = 20_000_000;
  private static final int ATTEMPTS = 3;

  /// Below those that systems give to outgoing connections.
  private static final int PORT_MIN = 20_000;

  private static final int PORT_BOUND = 32_000;

  private final String name;
  private final Path folder;
  private final Ports ports;
  private final List<String> arguments;
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private @Nullable String token;
  private @Nullable Process process;

  private record Ports(int http, int https, int server, int serf) {}

  private ConsulServer(String name, Path folder, Ports ports, List<String> arguments) {
    this.name = name;
    this.folder = folder;
    this.ports = ports;
    this.arguments = arguments;
  }

  /// The executable: what `FARCAP_CONSUL` names, else what `testkit/consul` fetched; null if there
  /// is none.
  public static @Nullable Path executable() {
    String named = System.getenv("FARCAP_CONSUL");
    if (named != null) {
      return Path.of(named);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path fetched = at.resolve("testkit/target/consul/usr/bin/consul");
      if (Files.isExecutable(fetched)) {
        return fetched;
      }
    }
    return null;
  }

  /// Starts one server, and waits until it serves.
  ///
  /// @param folder for its data, configuration and log; made if it is not there
  /// @param configuration more of it, in Consul's own language; may be empty
  public static ConsulServer start(Path folder, String configuration) throws IOException {
    return start(folder, 1, configuration).getFirst();
  }

  /// Starts several servers that are one Consul, and waits until they serve.
  public static List<ConsulServer> cluster(Path folder, int servers) throws IOException {
    return start(folder, servers, "");
  }

  private static List<ConsulServer> start(Path folder, int count, String configuration)
      throws IOException {
    for (int attempt = 1; ; attempt++) {
      List<ConsulServer> servers = make(folder.resolve("attempt-" + attempt), count, configuration);
      try {
        for (ConsulServer server : servers) {
          server.launch();
        }
        for (ConsulServer server : servers) {
          server.awaitReady();
        }
        return servers;
      } catch (IOException e) {
        servers.forEach(ConsulServer::close);
        // Somebody else may have taken one of the ports meanwhile.
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static List<ConsulServer> make(Path folder, int count, String configuration)
      throws IOException {
    Set<Integer> taken = new HashSet<>();
    List<Ports> ports = new ArrayList<>();
    List<String> shared = new ArrayList<>(List.of("-bootstrap-expect=" + count));
    for (int i = 0; i < count; i++) {
      Ports own = new Ports(free(taken), free(taken), free(taken), free(taken));
      ports.add(own);
      shared.add("-retry-join=127.0.0.1:" + own.serf());
    }
    shared.add("-retry-interval=1s");
    List<ConsulServer> servers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = "consul-" + i;
      Path home = folder.resolve(name);
      Files.createDirectories(home);
      // Without raft_multiplier it takes five times as long to find a leader.
      Files.writeString(
          home.resolve("consul.hcl"),
          """
          performance { raft_multiplier = 1 }
          disable_update_check = true
          leave_on_terminate = false
          """
              + configuration);
      servers.add(new ConsulServer(name, home, ports.get(i), List.copyOf(shared)));
    }
    return servers;
  }

  private static int free(Set<Integer> taken) {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(PORT_MIN, PORT_BOUND);
      try (ServerSocket socket = new ServerSocket()) {
        socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (taken.add(port)) {
          return port;
        }
      } catch (IOException _) {
        // In use.
      }
    }
  }

  // ---- its life

  private void launch() throws IOException {
    Path executable = executable();
    if (executable == null) {
      throw new IOException("there is no Consul: run testkit/consul");
    }
    List<String> command =
        new ArrayList<>(
            List.of(
                executable.toString(),
                "agent",
                "-server",
                "-node=" + name,
                "-data-dir=" + folder.resolve("data"),
                "-config-file=" + folder.resolve("consul.hcl"),
                "-bind=127.0.0.1",
                "-client=127.0.0.1",
                "-http-port=" + ports.http(),
                "-server-port=" + ports.server(),
                "-serf-lan-port=" + ports.serf(),
                "-serf-wan-port=-1",
                "-dns-port=-1",
                "-grpc-port=-1",
                "-hcl=ports { https = " + https() + " }",
                "-log-level=info"));
    command.addAll(arguments);
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("consul.log").toFile()))
            .start();
    process = started;
    Runtime.getRuntime().addShutdownHook(new Thread(started::destroyForcibly));
  }

  private int https() throws IOException {
    return Files.readString(folder.resolve("consul.hcl")).contains("cert_file")
        ? ports.https()
        : -1;
  }

  /// Waits until there is a leader and the catalog can be read.
  ///
  /// @throws IOException with the end of its log if that takes too long
  public void awaitReady() throws IOException {
    long end = System.nanoTime() + READY.toNanos();
    while (System.nanoTime() < end && isRunning()) {
      if (answers("/v1/status/leader").contains(":") && answers("/v1/agent/self").contains("{")) {
        return;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    throw new IOException(name + " does not serve: " + endOfLog());
  }

  private String answers(String path) {
    try {
      HttpResponse<String> response = send(request(path).GET().build());
      return response.statusCode() == 200 || response.statusCode() == 403
          ? response.body() + (response.statusCode() == 403 ? "{" : "")
          : "";
    } catch (IOException _) {
      return "";
    }
  }

  private String endOfLog() {
    try {
      List<String> lines = Files.readAllLines(folder.resolve("consul.log"));
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 10), lines.size()));
    } catch (IOException e) {
      return "no log: " + e.getMessage();
    }
  }

  /// Whether its process is there.
  public boolean isRunning() {
    return process != null && process.isAlive();
  }

  /// Whether it is the one that decides.
  public boolean isLeader() {
    return answers("/v1/status/leader").equals("\"127.0.0.1:" + ports.server() + "\"");
  }

  /// Ends it without warning.
  public void kill() {
    Process running = process;
    if (running != null) {
      running.destroyForcibly();
      running.onExit().orTimeout(READY.toSeconds(), TimeUnit.SECONDS).join();
    }
  }

  /// Starts it again where it was, and waits until it serves.
  public void restart() throws IOException {
    launch();
    awaitReady();
  }

  /// Removes what it has written down; it must not be running.
  public void forget() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("data"))) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  @Override
  public void close() {
    kill();
    http.close();
  }

  // ---- what is in it

  /// `http://127.0.0.1:port`.
  public URI address() {
    return URI.create("http://127.0.0.1:" + ports.http());
  }

  /// `https://localhost:port`, where its configuration has certificates.
  public URI secureAddress() {
    return URI.create("https://localhost:" + ports.https());
  }

  /// Shows this ACL token from now on.
  public void use(String secret) {
    token = secret;
  }

  /// Writes a value as anybody can who may.
  public void put(String key, byte[] value) throws IOException {
    ask("PUT", "/v1/kv/" + key, value);
  }

  /// Removes the values below a prefix.
  public void delete(String prefix) throws IOException {
    ask("DELETE", "/v1/kv/" + prefix + "?recurse", new byte[0]);
  }

  /// Asks what its HTTP interface can be asked.
  ///
  /// @param path begins with `/v1/`
  /// @return the answer
  /// @throws IOException if it is not 200
  public String ask(String method, String path, byte[] body) throws IOException {
    HttpResponse<String> response =
        send(request(path).method(method, BodyPublishers.ofByteArray(body)).build());
    if (response.statusCode() != 200) {
      throw new IOException(
          method + " " + path + ": " + response.statusCode() + " " + response.body());
    }
    return response.body();
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address().resolve(path)).timeout(Duration.ofSeconds(10));
    return token == null ? request : request.header("X-Consul-Token", token);
  }

  private HttpResponse<String> send(HttpRequest request) throws IOException {
    try {
      return http.send(request, BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }
}

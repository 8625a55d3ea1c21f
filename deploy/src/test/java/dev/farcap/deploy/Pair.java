package dev.farcap.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A realm, and a server-proxy and a client-proxy as processes, all made by the command itself.
final class Pair implements AutoCloseable {
  private static final long END_S = 20;

  final Path folder;
  final Command farcap;
  private final List<Process> processes = new ArrayList<>();
  private String trustBundle = "";

  /// @param before what stands before the command, such as `env NAME=VALUE`
  Pair(Path folder, String... before) {
    this.folder = folder;
    this.farcap = new Command(folder, before);
  }

  /// Makes realm, hosts, grants and configurations.
  void prepare() throws Exception {
    trustBundle = good("ca", "init", "lab").fact("trustBundle");
    good("ca", "issue", "host-a", "--out", "host-a");
    good("ca", "issue", "host-b", "--out", "host-b");
    Files.createDirectories(folder.resolve("grants"));
    for (String service : List.of("ROM", "LOG", "Report")) {
      grant("app1", service);
    }
    Files.createDirectories(folder.resolve("roms"));
    Files.writeString(folder.resolve("roms/config"), "one\n");
    Files.writeString(
        folder.resolve("server.yaml"),
        """
        identity: host-b
        trustBundle: %s
        state: server-state
        status: 0
        server:
          listen: ["tls://127.0.0.1:0"]
          local: {unix: local.sock}
          backends:
            roms: {rom: {root: roms, default: {motd: "none yet"}}}
            log: {log: app.log}
            reports: {report: {}}
          exports:
            LOG: log
            Report: reports
            ROM: {policies: [{labelSuffix: /state, backend: reports}], default: roms}
        """
            .formatted(trustBundle));
    Files.writeString(
        folder.resolve("client.yaml"),
        """
        identity: host-a
        trustBundle: %s
        state: client-state
        status: 0
        link: {resumeWindow: 1s, openTimeout: 2s, drainTimeout: 5s}
        client:
          directory: directory.yaml
          grants: grants
          listeners:
            - {name: app1, unix: app1.sock}
            - {name: app2, unix: app2.sock}
        """
            .formatted(trustBundle));
  }

  void grant(String listener, String service) throws Exception {
    grant("host-a", "grants", listener, service);
  }

  private void grant(String host, String folder, String listener, String service) throws Exception {
    good(
        "ca",
        "grant",
        host,
        service,
        "--server",
        "host-b",
        "--label-prefix",
        listener,
        "--out",
        folder + "/" + listener + "-" + service + ".grant");
  }

  /// Makes one more host, with a client-proxy `other` for its program `reader`, which may read ROM.
  void prepareOtherHost() throws Exception {
    good("ca", "issue", "host-d", "--out", "host-d");
    Files.createDirectories(folder.resolve("other-grants"));
    grant("host-d", "other-grants", "reader", "ROM");
    Files.writeString(
        folder.resolve("other.yaml"),
        """
        identity: host-d
        trustBundle: %s
        state: other-state
        status: 0
        client:
          directory: directory.yaml
          grants: other-grants
          listeners: [{name: reader, unix: reader.sock}]
        """
            .formatted(trustBundle));
  }

  /// Writes the directory; `host-c` is another name for the place where `host-b` is.
  void writeDirectory(String address, String routes) throws IOException {
    Files.writeString(
        folder.resolve("directory.yaml"),
        """
        providers:
          host-b: {identity: farcap://lab/host-b, services: [ROM, LOG, Report], addresses: ["%s"]}
          host-c: {identity: farcap://lab/host-c, services: [acme.Other], addresses: ["%s"]}
        routes: %s
        """
            .formatted(address, address, routes));
  }

  /// Starts `farcap COMMAND NAME.yaml` and waits until it is ready.
  Process start(String command, String name, Predicate<JsonNode> ready) throws Exception {
    Path output = folder.resolve(name + ".log");
    Process process = farcap.start(output, output, command, name + ".yaml");
    processes.add(process);
    Await.until(
        () -> {
          if (!process.isAlive()) {
            throw new AssertionError("ended:\n" + Files.readString(output));
          }
          JsonNode status = status(name);
          return status.at("/ready").asBoolean() && ready.test(status);
        },
        () -> Files.readString(output));
    return process;
  }

  /// The status page; missing values where there is none.
  JsonNode status(String name) {
    try {
      Path file = folder.resolve(name + "-state/status.port");
      URI uri = URI.create("http://127.0.0.1:" + Files.readString(file).strip() + "/status");
      try (InputStream page = uri.toURL().openStream()) {
        return new ObjectMapper().readTree(page);
      }
    } catch (IOException _) {
      return new ObjectMapper().createObjectNode();
    }
  }

  /// The page at a path of a proxy's status port.
  String page(String name, String path) throws IOException {
    String port = Files.readString(folder.resolve(name + "-state/status.port")).strip();
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    try (InputStream page = uri.toURL().openStream()) {
      return new String(page.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }

  String log(String name) throws IOException {
    return Files.readString(folder.resolve(name + ".log"));
  }

  /// Runs a command that must succeed.
  Command.Result good(String... arguments) throws Exception {
    Command.Result result = farcap.run(arguments);
    if (result.code() != ExitCode.DONE) {
      throw new AssertionError(String.join(" ", arguments) + " failed: " + result);
    }
    return result;
  }

  /// Asks a process to end, and waits for it.
  int end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("did not end within " + END_S + " s");
    }
    return process.exitValue();
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}

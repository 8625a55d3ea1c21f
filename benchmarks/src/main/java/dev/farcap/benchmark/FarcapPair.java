package dev.farcap.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A server-proxy and a client-proxy as their users run them: the command `farcap` as built from
/// this source tree, with a realm, grants and configuration files of its own. TCP on loopback on
/// all legs, as [NativePair] has it.
final class FarcapPair implements Subject {
  /// More than any measurement opens: a grant and a connection allow so many.
  private static final int SESSIONS_MAX = 20_000;

  private final Command farcap;
  private final String version;
  private final int front;
  private final NativeProcess server;
  private final NativeProcess client;

  private FarcapPair(
      Command farcap, String version, int front, NativeProcess server, NativeProcess client) {
    this.farcap = farcap;
    this.version = version;
    this.front = front;
    this.server = server;
    this.client = client;
  }

  static FarcapPair start(Lab lab) {
    Command farcap =
        new Command(lab.root().resolve("deploy/target/dist/bin/farcap"), lab.freshFolder("farcap"));
    farcap.run("ca", "init", "bench", "--ca", "ca");
    String bundle = farcap.issue("host-b");
    farcap.issue("host-a");
    farcap.grant(Echo.SERVICE, "echo");
    farcap.grant("ROM", "rom");
    farcap.grant("LOG", "log");
    Lab.makeFolder(farcap.folder().resolve("roms"));
    int between = Lab.freePort();
    int front = Lab.freePort();
    farcap.write("server.yaml", serverConfig(bundle, between, lab.backendPort()));
    farcap.write("directory.yaml", directory(between));
    farcap.write("client.yaml", clientConfig(bundle, front));
    String version = farcap.run("--version").strip();
    NativeProcess server = farcap.start("server-proxy", "server.yaml").awaitPort(between);
    try {
      NativeProcess client = farcap.start("client-proxy", "client.yaml").awaitPort(front);
      return new FarcapPair(farcap, version, front, server, client);
    } catch (IllegalStateException e) {
      server.close();
      throw e;
    }
  }

  private static String serverConfig(String bundle, int between, int backend) {
    return """
    identity: host-b/credentials
    trustBundle: "%s"
    state: host-b/state
    server:
      listen: ["tls://127.0.0.1:%d"]
      local: {unix: local.sock}
      backends:
        echo: {grpc: {tcp: "127.0.0.1:%d"}}
        roms: {rom: roms}
        log: {log: app.log}
      exports:
        %s: echo
        ROM: roms
        LOG: log
    """
        .formatted(bundle, between, backend, Echo.SERVICE);
  }

  private static String directory(int between) {
    return """
    providers:
      host-b:
        identity: farcap://bench/host-b
        services: [%s, ROM, LOG]
        addresses: ["tls://127.0.0.1:%d"]
    routes:
      - {anyService: true, to: [host-b]}
    """
        .formatted(Echo.SERVICE, between);
  }

  private static String clientConfig(String bundle, int front) {
    return """
    identity: host-a/credentials
    trustBundle: "%s"
    state: host-a/state
    client:
      directory: directory.yaml
      grants: host-a/grants
      listeners:
        - name: benchmark
          tcp: "127.0.0.1:%d"
          sessionsPerConnection: %d
          idle: 1h
    """
        .formatted(bundle, front, SESSIONS_MAX);
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public String target() {
    return "tcp:" + front;
  }

  /// Where callers connect.
  int front() {
    return front;
  }

  /// Where programs behind the server-proxy connect.
  Path local() {
    return farcap.folder().resolve("local.sock");
  }

  /// The folder that ROM shares.
  Path roms() {
    return farcap.folder().resolve("roms");
  }

  /// The file that LOG writes.
  Path log() {
    return farcap.folder().resolve("app.log");
  }

  /// How long the proxy that took longer took to open its listeners.
  long slowerStartNanos() {
    return Math.max(server.startNanos(), client.startNanos());
  }

  ProcessHandle client() {
    return client.handle();
  }

  ProcessHandle server() {
    return server.handle();
  }

  @Override
  public List<ProcessHandle> processes() {
    return List.of(client.handle(), server.handle());
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }

  /// The command `farcap`, all of whose files are in one folder.
  private record Command(Path program, Path folder) {
    String run(String... arguments) {
      return NativeProcess.output(line(arguments), folder);
    }

    NativeProcess start(String role, String config) {
      return NativeProcess.start(line(role, config), folder, folder.resolve(role + ".log"));
    }

    private List<String> line(String... arguments) {
      List<String> line = new ArrayList<>(List.of(program.toString()));
      line.addAll(List.of(arguments));
      return line;
    }

    /// Issues a host's credentials.
    ///
    /// @return the SHA-256 of the trust bundle
    String issue(String host) {
      Lab.makeFolder(folder.resolve(host).resolve("grants"));
      String facts =
          run(
              "ca",
              "issue",
              host,
              "--ca",
              "ca",
              "--out",
              host + "/credentials",
              "--output",
              "json");
      try {
        return new ObjectMapper().readTree(facts).path("trustBundle").asText();
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("farcap ca issue printed no JSON: " + facts, e);
      }
    }

    /// Permits host-a to open sessions of a service at host-b, with any label.
    void grant(String service, String name) {
      run(
          "ca",
          "grant",
          "host-a/credentials",
          service,
          "--server",
          "host-b",
          "--any-label",
          "--sessions",
          Integer.toString(SESSIONS_MAX),
          "--ca",
          "ca",
          "--out",
          "host-a/grants/" + name + ".grant");
    }

    void write(String file, String text) {
      Lab.write(folder.resolve(file), text);
    }
  }
}

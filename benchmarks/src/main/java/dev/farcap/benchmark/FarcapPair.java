package dev.farcap.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A server-proxy and a client-proxy as their users run them: the command `farcap` as built from
/// this source tree, with a realm, a grant and configuration files of its own. TCP on loopback on
/// all legs, as [HaproxyPair] has it.
final class FarcapPair implements Subject {
  private final String version;
  private final int port;
  private final NativeProcess server;
  private final NativeProcess client;

  private FarcapPair(String version, int port, NativeProcess server, NativeProcess client) {
    this.version = version;
    this.port = port;
    this.server = server;
    this.client = client;
  }

  static FarcapPair start(Lab lab) {
    Command farcap =
        new Command(lab.root().resolve("deploy/target/dist/bin/farcap"), lab.folder("farcap"));
    farcap.run("ca", "init", "bench", "--ca", "ca");
    String bundle = farcap.issue("host-b");
    farcap.issue("host-a");
    farcap.run(
        "ca",
        "grant",
        "host-a/credentials",
        Echo.SERVICE,
        "--server",
        "host-b",
        "--any-label",
        "--ca",
        "ca",
        "--out",
        "host-a/grants/echo.grant");
    int between = Lab.freePort();
    farcap.write("host-b/server.yaml", serverConfig(bundle, between, lab.backendPort()));
    NativeProcess server = farcap.start("server-proxy", "host-b/server.yaml").awaitPort(between);
    int front = Lab.freePort();
    farcap.write("host-a/directory.yaml", directory(between));
    farcap.write("host-a/client.yaml", clientConfig(bundle, front));
    try {
      NativeProcess client = farcap.start("client-proxy", "host-a/client.yaml").awaitPort(front);
      return new FarcapPair(farcap.run("--version").strip(), front, server, client);
    } catch (IllegalStateException e) {
      server.close();
      throw e;
    }
  }

  private static String serverConfig(String bundle, int between, int backend) {
    return """
    identity: credentials
    trustBundle: "%s"
    state: state
    server:
      listen: ["tls://127.0.0.1:%d"]
      backends:
        echo: {grpc: {tcp: "127.0.0.1:%d"}}
      exports:
        %s: echo
    """
        .formatted(bundle, between, backend, Echo.SERVICE);
  }

  private static String directory(int between) {
    return """
    providers:
      host-b:
        identity: farcap://bench/host-b
        services: [%s]
        addresses: ["tls://127.0.0.1:%d"]
    routes:
      - {anyService: true, to: [host-b]}
    """
        .formatted(Echo.SERVICE, between);
  }

  private static String clientConfig(String bundle, int front) {
    return """
    identity: credentials
    trustBundle: "%s"
    state: state
    client:
      directory: directory.yaml
      grants: grants
      listeners:
        - {name: benchmark, tcp: "127.0.0.1:%d"}
    """
        .formatted(bundle, front);
  }

  @Override
  public String version() {
    return version;
  }

  @Override
  public String target() {
    return "tcp:" + port;
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

    void write(String file, String text) {
      Lab.write(folder.resolve(file), text);
    }
  }
}

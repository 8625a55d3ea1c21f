package dev.farcap.benchmark;

import java.nio.file.Path;
import java.util.List;

/// Two HAProxy processes: HTTP/2 without TLS in, HTTP/2 over mutual TLS 1.3 between, HTTP/2 without
/// TLS out. Threads as HAProxy chooses by itself: one for each processor.
///
/// Connections to the next hop are shared by all requests (`http-reuse always`), as a pair that
/// carries many programs' calls would be set up.
final class HaproxyPair implements Subject {
  private static final String COMMON =
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 1h
        timeout server 1h
        http-reuse always
      """;

  private final String version;
  private final int port;
  private final NativeProcess server;
  private final NativeProcess client;

  private HaproxyPair(String version, int port, NativeProcess server, NativeProcess client) {
    this.version = version;
    this.port = port;
    this.server = server;
    this.client = client;
  }

  static HaproxyPair start(Lab lab) {
    Path folder = lab.folder("haproxy");
    String version =
        NativeProcess.output(List.of("haproxy", "-v"), folder).split(" - ", 2)[0]
            + ", its default threads, http-reuse always";
    Path authority = lab.realm().writeAuthority(folder.resolve("authority.pem"));
    int between = Lab.freePort();
    Path serverConfig =
        Lab.write(folder.resolve("server.cfg"), serverConfig(lab, folder, authority, between));
    NativeProcess server = run(folder, serverConfig).awaitPort(between);
    int front = Lab.freePort();
    Path clientConfig =
        Lab.write(
            folder.resolve("client.cfg"), clientConfig(lab, folder, authority, front, between));
    try {
      return new HaproxyPair(version, front, server, run(folder, clientConfig).awaitPort(front));
    } catch (IllegalStateException e) {
      server.close();
      throw e;
    }
  }

  private static String clientConfig(Lab lab, Path folder, Path authority, int front, int between) {
    Path leaf = lab.realm().issue("host-a").write(folder.resolve("host-a.pem"));
    return COMMON
        + """
        frontend programs
          bind 127.0.0.1:%d proto h2
          default_backend peer
        backend peer
          server peer 127.0.0.1:%d ssl crt %s ca-file %s verify required verifyhost host-b.bench \
        ssl-min-ver TLSv1.3 alpn h2
        """
            .formatted(front, between, leaf, authority);
  }

  private static String serverConfig(Lab lab, Path folder, Path authority, int between) {
    Path leaf = lab.realm().issue("host-b").write(folder.resolve("host-b.pem"));
    return COMMON
        + """
        frontend peers
          bind 127.0.0.1:%d ssl crt %s ca-file %s verify required ssl-min-ver TLSv1.3 alpn h2
          default_backend program
        backend program
          server program 127.0.0.1:%d proto h2
        """
            .formatted(between, leaf, authority, lab.backendPort());
  }

  /// In the foreground, one process.
  private static NativeProcess run(Path folder, Path config) {
    Path log = config.resolveSibling(config.getFileName() + ".log");
    List<String> command = List.of("haproxy", "-db", "-f", config.toString());
    return NativeProcess.start(command, folder, log);
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
}

package dev.farcap.benchmark;

import dev.farcap.benchmark.NativePair.End;
import java.nio.file.Path;
import java.util.List;

/// HAProxy: HTTP/2 on all legs. Threads as it chooses by itself: one for each processor.
///
/// Connections to the next hop are shared by all requests (`http-reuse always`), as a pair that
/// carries many programs' calls would be set up.
final class HaproxyPair implements NativePair.Program {
  private static final String COMMON =
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 1h
        timeout server 1h
        http-reuse always
      """;

  @Override
  public String version(Path folder) {
    return NativeProcess.output(List.of("haproxy", "-v"), folder).split(" - ", 2)[0]
        + ", its default threads, http-reuse always";
  }

  @Override
  public String client(End end, int front, int between) {
    return COMMON
        + """
        frontend programs
          bind 127.0.0.1:%d proto h2
          default_backend peer
        backend peer
          server peer 127.0.0.1:%d ssl crt %s ca-file %s verify required verifyhost host-b.bench \
        ssl-min-ver TLSv1.3 ciphersuites %s alpn h2
        """
            .formatted(front, between, end.leaf(), end.authority(), NativePair.CIPHER);
  }

  @Override
  public String server(End end, int between, int backend) {
    return COMMON
        + """
        frontend peers
          bind 127.0.0.1:%d ssl crt %s ca-file %s verify required ssl-min-ver TLSv1.3 \
        ciphersuites %s alpn h2
          default_backend program
        backend program
          server program 127.0.0.1:%d proto h2
        """
            .formatted(between, end.leaf(), end.authority(), NativePair.CIPHER, backend);
  }

  @Override
  public List<String> command(Path config) {
    return List.of("haproxy", "-db", "-f", config.toString());
  }
}

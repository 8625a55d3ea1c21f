package dev.farcap.benchmark;

import dev.farcap.benchmark.NativePair.End;
import java.nio.file.Path;
import java.util.List;

/// stunnel: carries bytes, and knows nothing of calls; a floor rather than a rival.
final class StunnelPair implements NativePair.Program {
  @Override
  public String version(Path folder) {
    return NativeProcess.output(List.of("stunnel", "-version"), folder)
            .lines()
            .filter(line -> line.startsWith("stunnel "))
            .findFirst()
            .orElse("stunnel")
            .split(" on ", 2)[0]
        + ", TCP_NODELAY";
  }

  @Override
  public String client(End end, int front, int between) {
    return config("client = yes\ncheckHost = host-b.bench", end, front, between);
  }

  @Override
  public String server(End end, int between, int backend) {
    return config("client = no", end, between, backend);
  }

  private static String config(String role, End end, int from, int to) {
    return """
    foreground = yes
    pid =
    debug = err
    socket = l:TCP_NODELAY=1
    socket = r:TCP_NODELAY=1
    [link]
    %s
    accept = 127.0.0.1:%d
    connect = 127.0.0.1:%d
    cert = %s
    CAfile = %s
    verifyChain = yes
    sslVersionMin = TLSv1.3
    ciphersuites = %s
    """
        .formatted(role, from, to, end.leaf(), end.authority(), NativePair.CIPHER);
  }

  @Override
  public List<String> command(Path config) {
    return List.of("stunnel", config.toString());
  }
}

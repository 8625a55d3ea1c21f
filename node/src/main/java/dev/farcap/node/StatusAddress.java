package dev.farcap.node;

import java.io.IOException;
import java.nio.file.Files;
import java.util.OptionalInt;

/// Where the status page of a process that runs with a configuration is.
public final class StatusAddress {
  private StatusAddress() {}

  /// The loopback port, as the process has written it down; empty if none runs or it has none.
  public static OptionalInt port(NodeConfig config) {
    try {
      String text = Files.readString(config.state().resolve(StatusServer.PORT_FILE)).strip();
      return OptionalInt.of(Integer.parseInt(text));
    } catch (IOException | NumberFormatException _) {
      return config.statusPort().isPresent() && config.statusPort().getAsInt() > 0
          ? config.statusPort()
          : OptionalInt.empty();
    }
  }
}

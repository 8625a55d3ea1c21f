package dev.farcap.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/// Where the status page of a process that runs with a configuration is.
public final class StatusAddress {
  private StatusAddress() {}

  /// The loopback port, as the process has written it down; empty if none runs or it has none.
  ///
  /// What else the file says may be wrong by now, or name broken files: it is not looked at.
  ///
  /// @param config the configuration file
  /// @throws dev.farcap.config.ConfigException if the file cannot be read, or what it says of state
  ///   folder and status port
  public static OptionalInt port(Path config) {
    return NodeConfigReader.readStatus(config).port();
  }

  /// What a configuration says of the status page.
  ///
  /// @param configured the port; 0 for one that the process chooses, or empty for none
  record Told(Path state, OptionalInt configured) {
    private OptionalInt port() {
      try {
        String text = Files.readString(state.resolve(StatusServer.PORT_FILE)).strip();
        return OptionalInt.of(Integer.parseInt(text));
      } catch (IOException | NumberFormatException _) {
        return configured.orElse(0) > 0 ? configured : OptionalInt.empty();
      }
    }
  }
}

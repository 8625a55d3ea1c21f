package dev.farcap.node;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The part that opens sessions: for programs that connect to its listeners, for the program it
/// lives in, or both.
///
/// @param directory file with providers and routes
/// @param grants folder of `*.grant` files: what it may show
/// @param program the program it lives in, or null
/// @param listeners each with another name, and another than the program's
/// @param logStandIn whether log lines that come in at listeners are answered at this side and
///   spooled
public record ClientConfig(
    Path directory,
    Path grants,
    @Nullable ProgramConfig program,
    List<ListenerConfig> listeners,
    boolean logStandIn) {
  /// Copies the list.
  public ClientConfig {
    listeners = List.copyOf(listeners);
  }

  /// For a program alone.
  ///
  /// @param program its name
  /// @throws IllegalArgumentException if the name is no label element
  public static ClientConfig of(String program, Path directory, Path grants) {
    return new ClientConfig(directory, grants, ProgramConfig.of(program), List.of(), false);
  }
}

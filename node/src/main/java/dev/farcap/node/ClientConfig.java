package dev.farcap.node;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The part that opens sessions: for programs that connect to its listeners, for the program it
/// lives in, or both.
///
/// @param directory providers and routes
/// @param grants folder of `*.grant` files: what it may show
/// @param listen addresses of links, for providers that dial their users; mostly none
/// @param program the program it lives in, or null
/// @param listeners each with another name, and another than the program's
/// @param logStandIn whether log lines that come in at listeners are answered at this side and
///   spooled
public record ClientConfig(
    DirectoryConfig directory,
    Path grants,
    List<String> listen,
    @Nullable ProgramConfig program,
    List<ListenerConfig> listeners,
    boolean logStandIn) {
  /// Copies the lists.
  public ClientConfig {
    listen = List.copyOf(listen);
    listeners = List.copyOf(listeners);
  }

  /// For a program alone.
  ///
  /// @param program its name
  /// @param directory file with providers and routes
  /// @throws IllegalArgumentException if the name is no label element
  public static ClientConfig of(String program, Path directory, Path grants) {
    return of(program, new DirectoryConfig.File(directory), grants);
  }

  /// For a program alone, with whatever directory.
  ///
  /// @param program its name
  /// @throws IllegalArgumentException if the name is no label element
  public static ClientConfig of(String program, DirectoryConfig directory, Path grants) {
    return new ClientConfig(
        directory, grants, List.of(), ProgramConfig.of(program), List.of(), false);
  }

  /// The same with addresses where providers that dial their users connect.
  ///
  /// @throws IllegalArgumentException if one is no address
  public ClientConfig listening(String... addresses) {
    List<String> places = List.of(addresses);
    places.forEach(Media::checkListening);
    return new ClientConfig(directory, grants, places, program, listeners, logStandIn);
  }
}

package dev.farcap.transport.shm;

import dev.farcap.transport.Recorder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What this process holds of what connections over shared memory are made of.
///
/// @param memories open descriptors of memory
/// @param eventfds open eventfds; loops have some, too, also those of tests that went before
/// @param mappings of memory
record Held(long memories, long eventfds, long mappings) {
  static final String MEMORY = "/memfd:farcap";

  static Held now() {
    List<String> open = descriptors();
    return new Held(
        open.stream().filter(target -> target.startsWith(MEMORY)).count(),
        open.stream().filter("anon_inode:[eventfd]"::equals).count(),
        mapped().size());
  }

  private static List<String> descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.map(Held::target).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor).toString();
    } catch (IOException closedMeanwhile) {
      return "";
    }
  }

  /// The lines of the process's map that are shared memory of connections.
  static List<String> mapped() {
    try {
      return Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.contains(MEMORY))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Awaits that it is all that is held.
  void awaitAgain() {
    Recorder.awaitThat("return to " + this, () -> now().isAtMost(this));
  }

  private boolean isAtMost(Held other) {
    return memories == other.memories && mappings == other.mappings && eventfds <= other.eventfds;
  }
}

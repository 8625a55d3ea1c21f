package dev.farcap.transport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What this process holds of the system: every open descriptor, and every mapping of shared
/// memory.
///
/// Not counted is what the JVM opens when it first needs it, and keeps: the files of its classes
/// and random numbers, and the folder that is read here. Its other mappings are not counted either:
/// heaps, stacks, code.
///
/// @param counts of each kind: `socket`, `pipe`, `anon_inode:[eventfd]`, `/memfd:farcap (deleted)`,
///   any other file by its path
public record Held(Map<String, Integer> counts) {
  private static final String MEMORY = "/memfd:";

  private static final Pattern KEPT = Pattern.compile(".*\\.jar|.*/modules|/dev/u?random|/proc/.*");

  /// `socket:[12345]`, but not `anon_inode:[eventfd]`.
  private static final Pattern NUMBER = Pattern.compile(":\\[\\d+]$");

  static {
    new FirstSockets().use();
  }

  /// At this moment.
  public static Held now() {
    Map<String, Integer> counts = new TreeMap<>();
    for (String open : descriptors()) {
      if (!KEPT.matcher(open).matches()) {
        counts.merge(NUMBER.matcher(open).replaceFirst(""), 1, Integer::sum);
      }
    }
    counts.put("mapping of memory", mapped().size());
    return new Held(counts);
  }

  private static List<String> descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.flatMap(Held::target).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Stream<String> target(Path descriptor) {
    try {
      return Stream.of(Files.readSymbolicLink(descriptor).toString());
    } catch (IOException closedMeanwhile) {
      return Stream.empty();
    }
  }

  /// The lines of the process's map that are shared memory of connections.
  public static List<String> mapped() {
    try {
      return Files.readAllLines(Path.of("/proc/self/maps")).stream()
          .filter(line -> line.contains(MEMORY))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Awaits that nothing more is held than this. Less may be: loops of tests that went before close
  /// their descriptors when they end.
  public void awaitAgain() {
    Recorder.awaitThat(() -> "end of " + now().beyond(this), () -> now().beyond(this).isEmpty());
  }

  private Map<String, Integer> beyond(Held before) {
    Map<String, Integer> more = new TreeMap<>();
    counts.forEach(
        (kind, count) -> {
          int surplus = count - before.counts.getOrDefault(kind, 0);
          if (surplus > 0) {
            more.put(kind, surplus);
          }
        });
    return more;
  }
}

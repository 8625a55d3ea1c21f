package dev.farcap.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Notices that a file, or a file of a folder, has changed, and then does something about it: once,
/// when it has rested from one look to the next. Used by one thread.
final class FileWatch {
  private static final Logger LOG = LoggerFactory.getLogger(FileWatch.class);

  /// A folder with more is seen to change only among these.
  private static final int FILES_MAX = 2_048;

  private final Path path;
  private final Runnable changed;
  private List<Seen> settled;
  private List<Seen> last;

  private record Seen(Path file, long modifiedMs, long bytes, String key) {}

  /// @param path a file or a folder; what is below the folder's files is not looked at
  FileWatch(Path path, Runnable changed) {
    this.path = path;
    this.changed = changed;
    settled = look();
    last = settled;
  }

  /// Looks now.
  void poll() {
    List<Seen> seen = look();
    if (seen.equals(last) && !seen.equals(settled)) {
      settled = seen;
      try {
        changed.run();
      } catch (RuntimeException e) {
        LOG.error("{}: a change could not be taken over", path, e);
      }
    }
    last = seen;
  }

  private List<Seen> look() {
    List<Seen> seen = new ArrayList<>();
    for (Path file : files()) {
      try {
        BasicFileAttributes facts = Files.readAttributes(file, BasicFileAttributes.class);
        seen.add(
            new Seen(
                file,
                facts.lastModifiedTime().toMillis(),
                facts.size(),
                String.valueOf(facts.fileKey())));
      } catch (IOException _) {
        // Gone between the listing and the look: as if it had not been listed.
      }
    }
    return seen;
  }

  private List<Path> files() {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries.sorted(Comparator.naturalOrder()).limit(FILES_MAX).toList();
    } catch (IOException _) {
      return List.of();
    }
  }
}

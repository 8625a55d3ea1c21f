package dev.farcap.routing.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What can be seen of a file without reading it.
///
/// @param fileKey tells a file from another that was renamed into its place; inode and device
record Fingerprint(Instant modified, long size, @Nullable Object fileKey) {
  /// Coarser than the time stamps of every file system in use.
  private static final Duration SETTLED = Duration.ofSeconds(2);

  /// Null if there is no such file.
  static @Nullable Fingerprint of(Path file) {
    try {
      BasicFileAttributes seen = Files.readAttributes(file, BasicFileAttributes.class);
      return new Fingerprint(seen.lastModifiedTime().toInstant(), seen.size(), seen.fileKey());
    } catch (IOException e) {
      return null;
    }
  }

  /// Whether a later change of the file must show here. A file written just now could be written
  /// once more within the same tick of its time stamp.
  boolean settledAt(Instant now) {
    return modified.plus(SETTLED).isBefore(now);
  }
}

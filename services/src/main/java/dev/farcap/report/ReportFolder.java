package dev.farcap.report;

import com.google.protobuf.ByteString;
import dev.farcap.rom.ModuleName;
import dev.farcap.session.Failure;
import dev.farcap.session.Label;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports as files, each with the writer that it lives by.
///
/// A file is replaced by rename, so that no reader ever finds half of it. Who writes and who ends
/// takes turns: the order of their calls is the order of their effects. Thread-safe; blocks as
/// writing a file does.
final class ReportFolder {
  private static final Logger LOG = LoggerFactory.getLogger(ReportFolder.class);

  /// Larger is a file to be shared, not something to be said.
  static final int REPORT_BYTES_MAX = 1 << 20;

  /// At most a gigabyte altogether.
  static final int REPORTS_MAX = 1_000;

  /// Folders that hold them: each is watched, so no report is in one more.
  static final int FOLDERS_MAX = REPORTS_MAX * (Label.ELEMENTS_MAX - 1);

  private static final String FRESH = ".fresh";

  private final Path root;

  /// By name: who wrote it last.
  private final Map<String, Object> writers = new HashMap<>();

  private ReportFolder(Path root) {
    this.root = root;
  }

  /// An empty folder: whatever is there goes, because its writers have.
  static ReportFolder open(Path root) throws IOException {
    if (Files.exists(root)) {
      empty(root);
    }
    Files.createDirectories(root);
    return new ReportFolder(root);
  }

  private static void empty(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.delete(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path each, @Nullable IOException e)
              throws IOException {
            Files.delete(each);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  Path root() {
    return root;
  }

  /// Replaces a report.
  ///
  /// @param writer what the report lives by, equal to itself only; once gone it never writes again
  /// @throws StatusRuntimeException as the schema says
  synchronized void write(String name, Object writer, ByteString content) {
    checkName(name);
    checkFits(name, content);
    try {
      Path file = root.resolve(name);
      Files.createDirectories(file.getParent());
      Path fresh = root.resolve(FRESH);
      try (OutputStream out = Files.newOutputStream(fresh)) {
        content.writeTo(out);
      }
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      writers.put(name, writer);
    } catch (IOException e) {
      LOG.warn("Report: '{}' was not kept: {}", name, e.toString());
      throw Status.UNAVAILABLE
          .withDescription("the report cannot be kept now")
          .asRuntimeException();
    }
  }

  /// A reader asks for it by one element of a label.
  private static void checkName(String name) {
    try {
      Label.checkElement(ModuleName.check(name));
    } catch (IllegalArgumentException e) {
      throw Status.INVALID_ARGUMENT
          .withDescription("no report can be named '" + name + "': " + e.getMessage())
          .asRuntimeException();
    }
  }

  private void checkFits(String name, ByteString content) {
    if (content.size() > REPORT_BYTES_MAX) {
      throw Status.INVALID_ARGUMENT
          .withDescription("report is " + content.size() + " bytes, limit " + REPORT_BYTES_MAX)
          .asRuntimeException();
    }
    if (writers.containsKey(name)) {
      return;
    }
    if (writers.size() >= REPORTS_MAX) {
      throw Failure.notExecuted(
              Failure.Kind.OVERLOADED, "there are " + REPORTS_MAX + " reports, the limit")
          .status()
          .asRuntimeException();
    }
    for (String other : writers.keySet()) {
      if (other.startsWith(name + "/") || name.startsWith(other + "/")) {
        throw Status.FAILED_PRECONDITION
            .withDescription(
                "'%s' cannot be a report while '%s' is: one is a folder of the other"
                    .formatted(name, other))
            .asRuntimeException();
      }
    }
  }

  /// Removes what it was the last to write.
  synchronized void writerGone(Object writer) {
    for (String name : List.copyOf(writers.keySet())) {
      if (writer.equals(writers.get(name))) {
        remove(name);
      }
    }
  }

  private void remove(String name) {
    writers.remove(name);
    try {
      Files.deleteIfExists(root.resolve(name));
      removeEmptyAbove(name);
    } catch (IOException e) {
      LOG.warn("Report: '{}' was not removed: {}", name, e.toString());
    }
  }

  private void removeEmptyAbove(String name) throws IOException {
    for (int end = name.lastIndexOf('/'); end > 0; end = name.lastIndexOf('/', end - 1)) {
      try {
        Files.delete(root.resolve(name.substring(0, end)));
      } catch (DirectoryNotEmptyException _) {
        return;
      }
    }
  }
}

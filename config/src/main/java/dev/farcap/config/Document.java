package dev.farcap.config;

import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// One YAML file, read in full or not at all.
public final class Document {
  private final Problems problems;
  private final Path folder;

  private Document(String file, Path folder) {
    this.problems = new Problems(file);
    this.folder = folder;
  }

  /// Builds a value from a file of at most 1 MiB.
  ///
  /// The function runs once. It must only build: what it made is thrown away if anything in the
  /// file turns out to be wrong, and it may then have been given stand-ins, see [Value]. An
  /// `IllegalArgumentException` of the function itself becomes a problem at the mapping that was
  /// being read; any other exception is a mistake of the function and passes through.
  ///
  /// @param path paths inside the file are relative to its folder
  /// @throws ConfigException with every problem found
  public static <T> T read(Path path, Function<Fields, T> build) {
    Document document = new Document(path.toString(), folderOf(path));
    return document.build(TextFile.read(path, document.problems), build);
  }

  /// Builds a value from text, as [#read] does.
  ///
  /// @param path what to call it in problems; not opened
  /// @throws ConfigException with every problem found
  public static <T> T parse(Path path, String text, Function<Fields, T> build) {
    return new Document(path.toString(), folderOf(path)).build(text, build);
  }

  private static Path folderOf(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    return folder == null ? path : folder;
  }

  private <T> T build(@Nullable String text, Function<Fields, T> build) {
    Node root = text == null ? null : NodeReader.read(text, problems);
    T built = new Value(this, root, "").fields(build);
    if (problems.count() > 0) {
      throw problems.exception();
    }
    return built;
  }

  Problems problems() {
    return problems;
  }

  /// Relative to the folder of the file.
  Path resolve(String path) {
    return folder.resolve(path).normalize();
  }
}

package dev.farcap.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that the command line names.
final class InputFile {
  private InputFile() {}

  /// Opens it to be read from its beginning.
  ///
  /// @throws CommandException if it is a folder, of which the system would say so at the first read
  ///   and without its name
  static InputStream open(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new CommandException(ExitCode.FAILED, file + ": is a folder, expected a file");
    }
    return Files.newInputStream(file);
  }
}

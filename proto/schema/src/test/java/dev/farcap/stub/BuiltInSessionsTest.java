package dev.farcap.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the generator writes for the built-in services satisfies the compiler at its strictest, as
/// what it writes for its own examples does. This module's build is more lenient, because of what
/// protoc itself writes.
final class BuiltInSessionsTest {
  private static final Path GENERATED = Path.of("target/generated-sources/protobuf");
  private static final List<String> SESSIONS =
      List.of("LogSession", "ReportSession", "RomSession", "SessionsSession", "TimerSession");

  @Test
  void compileWithoutWarning(@TempDir Path classes) throws IOException {
    List<Path> sources = sources();
    JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler());
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "-Xlint:all",
            "-Xdoclint:all",
            "-Werror",
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("java.class.path"));

    boolean compiled;
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      compiled =
          compiler
              .getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
              .call();
    }

    assertEquals(
        SESSIONS,
        sources.stream().map(file -> file.getFileName().toString().replace(".java", "")).toList());
    assertEquals("", said.toString());
    assertEquals(true, compiled);
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(GENERATED)) {
      return files
          .filter(file -> file.getFileName().toString().matches(".+Session\\.java"))
          .sorted((one, other) -> one.getFileName().compareTo(other.getFileName()))
          .toList();
    }
  }
}

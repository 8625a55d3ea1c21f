package dev.farcap.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every folder of `examples` has a script that checks itself.
class ExamplesTest {
  private static final Path EXAMPLES = Path.of("..", "examples").toAbsolutePath().normalize();
  private static final String PYTHON = "/usr/bin/python3";

  /// What an example asks of Debian's Python, as a program that fails where it is missing.
  private static final Map<String, String> NEEDED =
      Map.of(
          "unmodified-grpc",
          "import grpc",
          "own-session",
          "import grpc, google.protobuf, shutil; assert shutil.which('protoc')",
          "python-link",
          "import grpc, google.protobuf, shutil; assert shutil.which('protoc')");

  /// A script starts a dozen processes; on a busy machine each takes seconds.
  private static final long RUN_MIN = 8;

  @TempDir Path folder;

  static List<String> examples() throws IOException {
    try (Stream<Path> entries = Files.list(EXAMPLES)) {
      return entries
          .filter(Files::isDirectory)
          .map(example -> example.getFileName().toString())
          .sorted()
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("examples")
  void exampleDoesWhatItShows(String example) throws Exception {
    String needed = NEEDED.getOrDefault(example, "");
    assumeTrue(
        needed.isEmpty() || python(needed),
        () -> "the packages that " + example + "/README.md names are not installed: " + needed);

    String shown = succeed(EXAMPLES.resolve(example).resolve("run.sh").toString());

    assertTrue(shown.contains("== Done: "), shown);
  }

  @Test
  void exampleWithoutTheCommandSaysWhatIsMissing() throws Exception {
    Run run = run("no-such-farcap", EXAMPLES.resolve("share-a-rom").resolve("run.sh").toString());

    assertEquals(1, run.exit, run.shown);
    assertTrue(run.shown.contains("set FARCAP to it"), run.shown);
    assertFalse(run.shown.contains("== "), run.shown);
  }

  private static boolean python(String program) throws Exception {
    return Files.isExecutable(Path.of(PYTHON))
        && new ProcessBuilder(PYTHON, "-c", program)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor()
            == 0;
  }

  private record Run(int exit, String shown) {}

  private String succeed(String script) throws Exception {
    Run run = run(command().toString(), script);
    assertEquals(0, run.exit, run.shown);
    return run.shown;
  }

  private Run run(String farcap, String script) throws Exception {
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(script).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("FARCAP", farcap);
    builder.environment().put("EXAMPLE_CLASSES", classes());
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(RUN_MIN, TimeUnit.MINUTES);
      assertTrue(ended, () -> "still runs after minutes:\n" + read(output));
      return new Run(process.exitValue(), read(output));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static String classes() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        // Not the tests' own settings, such as those of logging.
        .filter(entry -> !entry.endsWith("test-classes"))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /// The command from the classes under test: no other build is needed.
  private Path command() throws IOException {
    Path command = folder.resolve("farcap");
    Files.writeString(
        command,
        """
        #!/bin/sh
        exec "%s/bin/java" -XX:+UseSerialGC -Xmx96m -XX:TieredStopAtLevel=1 \\
          --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow \\
          -cp "%s" dev.farcap.deploy.Farcap "$@"
        """
            .formatted(System.getProperty("java.home"), classes()));
    Files.setPosixFilePermissions(command, PosixFilePermissions.fromString("rwx------"));
    return command;
  }
}

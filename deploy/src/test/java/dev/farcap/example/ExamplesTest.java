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
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Every folder of `examples` has a script that checks itself.
class ExamplesTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path EXAMPLES = ROOT.resolve("examples");
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

    Run run = run(command().toString(), script(EXAMPLES, example), withClassesUnderTest());

    run.assertDone();
  }

  /// The other test spares own-session its builds by Maven. They start from nothing: fresh sources,
  /// and a repository without us.
  @Test
  @Tag("slow")
  void ownSessionIsBuiltAsItsDocumentSays() throws Exception {
    assumeTrue(
        python(NEEDED.getOrDefault("own-session", "")), "packages of Debian are not installed");
    Path sources = Files.createDirectory(folder.resolve("sources"));
    Path repository = Files.createDirectory(folder.resolve("repository"));
    shell(
        """
        tar -C '%s' --exclude target --exclude .git --exclude node_modules -c . | tar -C '%s' -x
        cp -r '%s'/. '%s'
        rm -rf '%4$s/dev/farcap' '%4$s/example'
        """
            .formatted(ROOT, sources, localRepository(), repository));

    Run run =
        run(
            command().toString(),
            script(sources.resolve("examples"), "own-session"),
            Map.of("MAVEN_OPTS", "-Dmaven.repo.local=" + repository));

    run.assertDone();
    assertTrue(Files.isDirectory(repository.resolve("dev/farcap/farcap-node")));
  }

  private static String localRepository() {
    // Surefire says it.
    return System.getProperty(
        "localRepository", System.getProperty("user.home") + "/.m2/repository");
  }

  private static void shell(String script) throws Exception {
    Process process = new ProcessBuilder("sh", "-euc", script).inheritIO().start();
    assertEquals(0, process.waitFor(), script);
  }

  @Test
  void exampleWithoutTheCommandSaysWhatIsMissing() throws Exception {
    Run run = run("no-such-farcap", script(EXAMPLES, "share-a-rom"), Map.of());

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

  private record Run(int exit, String shown) {
    void assertDone() {
      assertEquals(0, exit, shown);
      assertTrue(shown.contains("== Done: "), shown);
    }
  }

  private static String script(Path examples, String example) {
    return examples.resolve(example).resolve("run.sh").toString();
  }

  private static Map<String, String> withClassesUnderTest() {
    return Map.of("EXAMPLE_CLASSES", classes());
  }

  private Run run(String farcap, String script, Map<String, String> environment) throws Exception {
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(script).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("FARCAP", farcap);
    builder.environment().putAll(environment);
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

package dev.farcap.deploy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// `farcap` as a process of its own, in a folder.
final class Command {
  private static final long PATIENCE_S = 60;

  private final Path folder;
  private final List<String> before;

  /// @param before what stands before it in the line, such as `unshare --user`
  Command(Path folder, String... before) {
    this.folder = folder;
    this.before = List.of(before);
  }

  /// What a command said.
  record Result(int code, String out, String err) {
    /// The value of a line `name value`.
    String fact(String name) {
      return out.lines()
          .filter(line -> line.startsWith(name + " "))
          .findFirst()
          .map(line -> line.substring(name.length()).strip())
          .orElseThrow(() -> new AssertionError("no '" + name + "' in:\n" + out + err));
    }
  }

  /// Runs it to its end.
  Result run(String... arguments) throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process = start(out, err, arguments);
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(
          "farcap %s did not end in %d s:%n%s"
              .formatted(String.join(" ", arguments), PATIENCE_S, Files.readString(err)));
    }
    return new Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  /// Runs it to its end in a terminal of its own, which `script` of util-linux makes.
  ///
  /// @return what the terminal showed
  String runInTerminal(String... arguments) throws IOException, InterruptedException {
    Path seen = Files.createTempFile(folder, "seen", "");
    String line =
        line(arguments).stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    Process process =
        new ProcessBuilder("script", "-qec", line, "/dev/null")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(seen.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("did not end in " + PATIENCE_S + " s");
    }
    return Files.readString(seen, StandardCharsets.UTF_8);
  }

  /// Starts it; it ends with this process at the latest.
  Process start(Path out, Path err, String... arguments) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(line(arguments))
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put(RunningNode.ENDS_WITH_STDIN, "1");
    builder.environment().remove("FARCAP_CA");
    return builder.start();
  }

  private List<String> line(String... arguments) {
    List<String> line = new ArrayList<>(before);
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(
        List.of(
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx96m",
            "-XX:MaxDirectMemorySize=160m",
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow"));
    String path = System.getProperty("surefire.test.class.path");
    line.addAll(List.of("-cp", path == null ? System.getProperty("java.class.path") : path));
    line.add(Farcap.class.getName());
    line.addAll(List.of(arguments));
    return line;
  }
}

package dev.farcap.deploy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A Debian host of its own within this one, as `src/test/host/debian` makes it: packages are
/// installed there by dpkg, and its systemd runs what they bring.
final class DebianHost implements AutoCloseable {
  private static final Path SCRIPT = Path.of("src/test/host/debian").toAbsolutePath();
  private static final long PATIENCE_S = 180;

  private final Path folder;
  private final Process keeper;
  private final String init;

  static boolean isPossible() throws IOException {
    return System.getProperty("user.name").equals("root")
        && Stream.of("/lib/systemd/systemd", "/usr/bin/dpkg", "/usr/bin/nsenter")
            .allMatch(tool -> Files.isExecutable(Path.of(tool)))
        && Files.readString(Path.of("/proc/mounts")).contains(" cgroup2 ");
  }

  /// @param folder is `/mnt` there
  static DebianHost up(Path folder) throws Exception {
    Process keeper =
        new ProcessBuilder(
                SCRIPT.toString(), "up", folder.toString(), System.getProperty("java.home"))
            .redirectError(folder.resolve("host.log").toFile())
            .start();
    try (BufferedReader said = keeper.inputReader()) {
      String init = said.readLine();
      if (init == null) {
        throw new AssertionError(Files.readString(folder.resolve("host.log")));
      }
      return new DebianHost(folder, keeper, init);
    }
  }

  private DebianHost(Path folder, Process keeper, String init) {
    this.folder = folder;
    this.keeper = keeper;
    this.init = init;
  }

  /// Runs a command there to its end.
  Command.Result run(String... command) throws Exception {
    List<String> line = new ArrayList<>(List.of("nsenter", "-t", init, "-a", "env", "-i"));
    line.add("PATH=/usr/sbin:/usr/bin:/sbin:/bin");
    line.add("DEBIAN_FRONTEND=noninteractive");
    line.addAll(List.of(command));
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    Process process =
        new ProcessBuilder(line)
            .directory(Path.of("/").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(line + " did not end: " + Files.readString(err));
    }
    return new Command.Result(
        process.exitValue(),
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  /// Runs one that must succeed.
  ///
  /// @return what it printed
  String good(String... command) throws Exception {
    Command.Result result = run(command);
    assertEquals(0, result.code(), () -> String.join(" ", command) + " failed: " + result);
    return result.out();
  }

  /// Runs a shell's line that must succeed.
  String sh(String line) throws Exception {
    return good("bash", "-euc", line);
  }

  @Override
  public void close() throws IOException {
    keeper.getOutputStream().close();
    keeper.onExit().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
  }
}

package dev.farcap.demo;

import dev.farcap.node.NodeStatus;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One proxy as a process of its own: the same command, run from the same place.
///
/// It ends with this process, however that ends: its stdin is a pipe from here.
final class DemoProxy implements AutoCloseable {
  private static final long LOOK_MS = 20;
  private static final long START_S = 60;
  private static final long END_S = 5;
  private static final String MAIN = "dev.farcap.deploy.Farcap";

  private final List<String> host;
  private final Process process;
  private final Path folder;
  private final Path output;

  private DemoProxy(List<String> host, Process process, Path folder, Path output) {
    this.host = host;
    this.process = process;
    this.folder = folder;
    this.output = output;
  }

  /// Starts `farcap COMMAND FILE`.
  ///
  /// @param host what stands before commands of its host
  /// @param folder of its host
  static DemoProxy start(List<String> host, String command, Path folder, Path config)
      throws IOException {
    Path output = folder.resolve("proxy.log");
    ProcessBuilder builder =
        new ProcessBuilder(farcap(host, command, config.toString()))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().put("FARCAP_ENDS_WITH_STDIN", "1");
    return new DemoProxy(host, builder.start(), folder, output);
  }

  private static List<String> farcap(List<String> host, String... arguments) {
    List<String> line = new ArrayList<>(host);
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), MAIN));
    line.addAll(List.of(arguments));
    return line;
  }

  /// Waits until its status page says what is wanted.
  ///
  /// @return the status then
  /// @throws IOException if it ends before, or takes longer than a minute
  NodeStatus await(String what, Predicate<NodeStatus> wanted)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_S);
    while (System.nanoTime() < end) {
      NodeStatus status = status();
      if (status != null && wanted.test(status)) {
        return status;
      }
      if (process.waitFor(LOOK_MS, TimeUnit.MILLISECONDS)) {
        throw new IOException(
            "the process ended with " + process.exitValue() + ":\n" + Files.readString(output));
      }
    }
    throw new IOException(what + " took longer than " + START_S + " s, see " + output);
  }

  /// The status page, or null where there is none yet.
  @Nullable NodeStatus status() {
    try {
      String port = Files.readString(folder.resolve("state").resolve("status.port")).strip();
      if (!host.isEmpty()) {
        // Loopback is another one there.
        return NodeStatus.read(
            DemoHosts.output(farcap(host, "status", "--port", port, "--output", "json")));
      }
      URI uri = URI.create("http://127.0.0.1:" + port + "/status");
      try (InputStream page = uri.toURL().openStream()) {
        return NodeStatus.read(new String(page.readAllBytes(), StandardCharsets.UTF_8));
      }
    } catch (IOException _) {
      return null;
    }
  }

  /// Lines of its output with all of these texts in them.
  List<String> linesWith(String... texts) throws IOException {
    try (var lines = Files.lines(output)) {
      return lines.filter(line -> List.of(texts).stream().allMatch(line::contains)).toList();
    }
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(END_S, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}

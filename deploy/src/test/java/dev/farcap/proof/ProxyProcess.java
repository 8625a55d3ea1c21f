package dev.farcap.proof;

import dev.farcap.deploy.Farcap;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// One proxy as an operator runs it: a process with the flags of the launcher. Its output goes to a
/// file. It can be killed and started again, and never outlives this process.
final class ProxyProcess implements AutoCloseable {
  private static final long PATIENCE_S = Until.PATIENCE.toSeconds();
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final String role;
  private final Path config;
  private final Path log;
  private final Path state;
  private final List<String> prefix;
  private @Nullable Process process;

  /// @param role the subcommand
  /// @param config its file; the process writes its log beside it
  /// @param state the state folder that the file names
  /// @param prefix a command that starts it, such as `ip netns exec`, or none
  ProxyProcess(String role, Path config, Path state, List<String> prefix) {
    this.role = role;
    this.config = config;
    this.log = config.resolveSibling(role + ".log");
    this.state = state;
    this.prefix = List.copyOf(prefix);
  }

  void start() throws IOException {
    // Who runs the tests by nohup has SIGHUP ignored, and a process that it starts, too.
    List<String> command = new ArrayList<>(List.of("env", "--default-signal=HUP"));
    command.addAll(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(LauncherFlags.read());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Farcap.class.getName()));
    command.addAll(List.of(role, config.toString()));
    Files.deleteIfExists(portFile());
    Process started =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    RUNNING.add(started);
    process = started;
  }

  private Process running() {
    Process present = process;
    if (present == null) {
      throw new IllegalStateException(role + " was not started");
    }
    return present;
  }

  /// Waits until a condition holds, and fails with the log if the process ends before.
  void awaitReady(Until.Condition condition) throws Exception {
    Until.holds(
        () -> role + " is ready; it says:\n" + log(),
        Until.PATIENCE,
        () -> {
          if (!running().isAlive()) {
            throw new AssertionError(role + " has ended:\n" + log());
          }
          return condition.holds();
        });
  }

  /// SIGKILL, and gone when this returns.
  void kill() {
    Process present = running();
    present.destroyForcibly().onExit().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    RUNNING.remove(present);
  }

  /// SIGHUP: reads its files again.
  void hangUp() throws Exception {
    String pid = Long.toString(running().pid());
    int code = new ProcessBuilder("kill", "-HUP", pid).inheritIO().start().waitFor();
    if (code != 0) {
      throw new AssertionError("kill -HUP " + pid + " ended with " + code);
    }
  }

  /// SIGTERM, and gone when this returns.
  ///
  /// @return its exit code
  int terminate() {
    Process present = running();
    present.destroy();
    present.onExit().orTimeout(PATIENCE_S, TimeUnit.SECONDS).join();
    RUNNING.remove(present);
    return present.exitValue();
  }

  /// Waits until it has written one line with all the texts.
  void awaitLine(String... texts) throws Exception {
    Until.holds(
        () -> "a line with " + List.of(texts) + " in the log:\n" + log(),
        Until.PATIENCE,
        () -> log().lines().anyMatch(line -> Stream.of(texts).allMatch(line::contains)));
  }

  /// What it wrote so far.
  String log() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "(" + e + ")";
    }
  }

  /// Resident memory now, in KiB.
  long residentKib() throws IOException {
    return status("VmRSS:");
  }

  /// Threads of the system now; virtual ones are none.
  long threads() throws IOException {
    return status("Threads:");
  }

  private long status(String name) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + running().pid() + "/status"))) {
      if (line.startsWith(name)) {
        return Long.parseLong(line.replaceAll("\\D", ""));
      }
    }
    throw new AssertionError(role + " has no " + name + " has it ended?\n" + log());
  }

  /// Descriptors open now.
  long descriptors() throws IOException {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + running().pid() + "/fd"))) {
      return open.count();
    }
  }

  /// What the heap holds after a full collection, in KiB.
  long heapKib() throws IOException {
    command("GC.run");
    double bytes = 0;
    for (String line : page("metrics").lines().toList()) {
      if (line.startsWith("jvm_memory_used_bytes{area=\"heap\"")) {
        bytes += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
      }
    }
    return (long) bytes >> 10;
  }

  /// What the virtual machine answers to a diagnostic command.
  private String command(String name) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(running().pid()),
                name)
            .redirectErrorStream(true)
            .start();
    return new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /// The sum of a metric over its labels.
  double metric(String name) throws IOException {
    return metric(name, "");
  }

  /// The sum of a metric over those of its labels that have a value.
  ///
  /// @param value of one label; empty for all
  double metric(String name, String value) throws IOException {
    String wanted = value.isEmpty() ? "" : "\"" + value + "\"";
    double sum = 0;
    boolean found = false;
    for (String line : page("metrics").lines().toList()) {
      if ((line.startsWith(name + " ") || line.startsWith(name + "{")) && line.contains(wanted)) {
        sum += Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
        found = true;
      }
    }
    if (!found) {
      throw new AssertionError(role + " has no metric " + name + " " + value);
    }
    return sum;
  }

  /// A page of its status port.
  String page(String name) throws IOException {
    String url = "http://127.0.0.1:%s/%s".formatted(Files.readString(portFile()).strip(), name);
    if (!prefix.isEmpty()) {
      return pageElsewhere(url);
    }
    try (InputStream page = URI.create(url).toURL().openStream()) {
      return new String(page.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /// The port is on the loopback interface of a namespace that this process is not in.
  private String pageElsewhere(String url) throws IOException {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            "/usr/bin/python3",
            "-c",
            "import sys, urllib.request as web; print(web.urlopen(sys.argv[1]).read().decode())",
            url));
    Process reader = new ProcessBuilder(command).redirectErrorStream(true).start();
    return new String(reader.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  /// Whether its status port answers by now.
  boolean hasStatus() {
    try {
      return !page("metrics").isEmpty();
    } catch (IOException _) {
      return false;
    }
  }

  private Path portFile() {
    return state.resolve("status.port");
  }

  @Override
  public void close() {
    if (process != null) {
      kill();
    }
  }
}

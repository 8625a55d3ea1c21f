package dev.farcap.demo;

import dev.farcap.door.DoorAddress;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Where the two proxies run: this host, or two network namespaces of it that a wire joins and that
/// have no IP. Gone when closed.
final class DemoHosts implements AutoCloseable {
  private static final String NIC = "wire0";
  private static final String MAC_A = "02:fc:00:00:00:0a";
  private static final String MAC_B = "02:fc:00:00:00:0b";

  /// This host alone.
  static final DemoHosts ONE = new DemoHosts("");

  private final String name;

  private DemoHosts(String name) {
    this.name = name;
  }

  /// Two hosts.
  ///
  /// @throws IOException if this user may not, or there is no `ip`, with what to do
  static DemoHosts joined() throws IOException {
    if (DoorAddress.Unix.ownUid() != 0) {
      throw new IOException(
          "over nic the demo makes two network namespaces, which needs root: run it by sudo, or"
              + " take another --transport");
    }
    if (Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .noneMatch(folder -> Files.isExecutable(Path.of(folder, "ip")))) {
      throw new IOException(
          "over nic the demo joins two network namespaces by 'ip', which is not on the path:"
              + " install iproute2, or take another --transport");
    }
    DemoHosts hosts = new DemoHosts("farcap-demo-" + ProcessHandle.current().pid());
    try {
      hosts.join();
      return hosts;
    } catch (IOException e) {
      try {
        hosts.close();
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  private void join() throws IOException {
    ip("netns", "add", name + "-a");
    ip("netns", "add", name + "-b");
    ip(
        "link",
        "add",
        NIC,
        "netns",
        name + "-a",
        "address",
        MAC_A,
        "type",
        "veth",
        "peer",
        "name",
        NIC,
        "netns",
        name + "-b",
        "address",
        MAC_B);
    for (String host : List.of("-a", "-b")) {
      ip("-n", name + host, "link", "set", "lo", "up");
      ip("-n", name + host, "link", "set", NIC, "up");
    }
  }

  private boolean isOne() {
    return name.isEmpty();
  }

  /// What stands before a command of the client's host.
  List<String> onA() {
    return isOne() ? List.of() : List.of("ip", "netns", "exec", name + "-a");
  }

  /// What stands before a command of the server's host.
  List<String> onB() {
    return isOne() ? List.of() : List.of("ip", "netns", "exec", name + "-b");
  }

  /// Where the server listens.
  static String listening() {
    return "nic://" + NIC;
  }

  /// Where the client finds a server that listens there.
  String dialled(String listening) {
    return isOne() ? listening : listening + "/" + MAC_B;
  }

  /// What a short command prints. Waits for its end also where the thread is interrupted.
  ///
  /// @throws IOException with what it printed if it fails
  static String output(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IOException(String.join(" ", command) + ": " + text.strip());
    }
    return text;
  }

  private static void ip(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("ip"));
    command.addAll(List.of(arguments));
    var _ = output(command);
  }

  @Override
  public void close() throws IOException {
    if (isOne()) {
      return;
    }
    // The wire goes with either end.
    List<String> present = output(List.of("ip", "netns", "list")).lines().toList();
    for (String host : List.of(name + "-a", name + "-b")) {
      if (present.stream().anyMatch(line -> line.equals(host) || line.startsWith(host + " "))) {
        ip("netns", "del", host);
      }
    }
  }
}

package dev.farcap.proof;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A host of a [NetworkSegment]: a network namespace with one interface. Whatever fails says which
/// command did, and what it printed.
final class NetworkHost implements AutoCloseable {
  /// The name of the interface, at every host.
  static final String NIC = "v0";

  private static final long PATIENCE_S = 10;
  private static final Pattern COUNTED = Pattern.compile("counter packets (\\d+)");

  private final String name;

  private NetworkHost(String name) {
    this.name = name;
  }

  static NetworkHost make(String name) throws IOException {
    command("ip", "netns", "add", name);
    NetworkHost host = new NetworkHost(name);
    host.ip("link", "set", "lo", "up");
    return host;
  }

  /// Lays the cable to a hub.
  ///
  /// @param hub the namespace of a bridge `hub`
  /// @param plug the name of the cable's end there
  void plugIn(String hub, String plug, int mtu) throws IOException {
    ip("link", "add", NIC, "type", "veth", "peer", "name", plug, "netns", hub);
    command("ip", "-n", hub, "link", "set", plug, "mtu", Integer.toString(mtu), "master", "hub");
    command("ip", "-n", hub, "link", "set", plug, "up");
  }

  /// What stands before a command that is to run here.
  List<String> inside() {
    return List.of("ip", "netns", "exec", name);
  }

  /// Runs a short command here.
  ///
  /// @return what it printed
  String run(String... command) throws IOException {
    return command(Stream.concat(inside().stream(), Stream.of(command)).toArray(String[]::new));
  }

  private void ip(String... arguments) throws IOException {
    var _ =
        command(
            Stream.concat(Stream.of("ip", "-n", name), Stream.of(arguments))
                .toArray(String[]::new));
  }

  /// The hardware address.
  String mac() throws IOException {
    return run("cat", "/sys/class/net/" + NIC + "/address").strip();
  }

  /// Gives it an IP address, with the length of its network.
  void setAddress(String address) throws IOException {
    ip("addr", "add", address, "dev", NIC);
  }

  void setMtu(int mtu) throws IOException {
    ip("link", "set", NIC, "mtu", Integer.toString(mtu));
  }

  void down() throws IOException {
    ip("link", "set", NIC, "down");
  }

  void up() throws IOException {
    ip("link", "set", NIC, "up");
  }

  /// Bounds what it sends.
  void slowDown(int bitsPerSecond) throws IOException {
    String rate = bitsPerSecond + "bit";
    run(
        "tc", "qdisc", "add", "dev", NIC, "root", "tbf", "rate", rate, "burst", "16kb", "latency",
        "50ms");
  }

  /// Has some of the frames that arrive dropped, chosen at random.
  void lose(int percent) throws IOException {
    run(
        "nft",
        """
        add table netdev loss
        add chain netdev loss arrival { type filter hook ingress device "%s" priority 0; }
        add rule netdev loss arrival numgen random mod 100 < %d counter drop
        """
            .formatted(NIC, percent));
  }

  /// From now on every frame arrives.
  void loseNone() throws IOException {
    run("nft", "delete table netdev loss");
  }

  /// Frames dropped since [#lose].
  long lost() throws IOException {
    String rules = run("nft", "list", "table", "netdev", "loss");
    Matcher counted = COUNTED.matcher(rules);
    if (!counted.find()) {
      throw new AssertionError("no counter in " + rules);
    }
    return Long.parseLong(counted.group(1));
  }

  static String command(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(PATIENCE_S, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + ": " + said.strip());
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  static void quietly(String... command) {
    try {
      command(command);
    } catch (IOException _) {
      // It was not there.
    }
  }

  /// Removes it with its cable.
  @Override
  public void close() {
    quietly("ip", "netns", "del", name);
  }
}

package dev.farcap.proof;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Two network namespaces joined by a line; gone when closed. Needs root, `ip` and `tc`.
final class NetworkPair implements AutoCloseable {
  private static final String SUBNET = "10.203.7.";

  /// The name of the interface at both ends.
  static final String NIC = "v0";

  private final String server;
  private final String client;

  private NetworkPair(String name) {
    server = name + "b";
    client = name + "a";
  }

  /// Whether this machine lets us.
  static boolean isPossible() {
    String probe = "fc" + ProcessHandle.current().pid() + "p";
    try {
      run("ip", "netns", "add", probe);
      run("ip", "netns", "exec", probe, "tc", "qdisc", "show");
      return true;
    } catch (IOException _) {
      return false;
    } finally {
      quietly("ip", "netns", "del", probe);
    }
  }

  /// @param rateBits of what the server sends, per second
  static NetworkPair open(int rateBits) throws IOException {
    NetworkPair network = open();
    try {
      network.slowDown(rateBits);
      return network;
    } catch (IOException e) {
      network.close();
      throw e;
    }
  }

  /// As fast as it gets.
  static NetworkPair open() throws IOException {
    NetworkPair network = new NetworkPair("fc" + ProcessHandle.current().pid());
    try {
      network.join();
      return network;
    } catch (IOException e) {
      network.close();
      throw e;
    }
  }

  private void join() throws IOException {
    run("ip", "netns", "add", server);
    run("ip", "netns", "add", client);
    run(
        "ip", "link", "add", NIC, "netns", server, "type", "veth", "peer", "name", NIC, "netns",
        client);
    up(server, SUBNET + "2/24");
    up(client, SUBNET + "1/24");
  }

  private void slowDown(int rateBits) throws IOException {
    run(
        "ip",
        "netns",
        "exec",
        server,
        "tc",
        "qdisc",
        "add",
        "dev",
        NIC,
        "root",
        "tbf",
        "rate",
        rateBits + "bit",
        "burst",
        "16kb",
        "latency",
        "50ms");
  }

  private static void up(String namespace, String address) throws IOException {
    run("ip", "-n", namespace, "addr", "add", address, "dev", NIC);
    run("ip", "-n", namespace, "link", "set", NIC, "up");
    run("ip", "-n", namespace, "link", "set", "lo", "up");
  }

  String serverAddress() {
    return SUBNET + "2";
  }

  /// The hardware address of the server's end.
  String serverMac() throws IOException {
    return run("ip", "netns", "exec", server, "cat", "/sys/class/net/" + NIC + "/address").strip();
  }

  /// Takes the server's end out of service.
  void down() throws IOException {
    run("ip", "-n", server, "link", "set", NIC, "down");
  }

  void up() throws IOException {
    run("ip", "-n", server, "link", "set", NIC, "up");
  }

  /// Starts a command at the server's end.
  List<String> inServer() {
    return List.of("ip", "netns", "exec", server);
  }

  /// Starts a command at the client's end.
  List<String> inClient() {
    return List.of("ip", "netns", "exec", client);
  }

  private static void quietly(String... command) {
    try {
      run(command);
    } catch (IOException _) {
      // It was not there.
    }
  }

  private static String run(String... command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException(String.join(" ", command) + ": " + said.strip());
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    quietly("ip", "netns", "del", server);
    quietly("ip", "netns", "del", client);
  }
}

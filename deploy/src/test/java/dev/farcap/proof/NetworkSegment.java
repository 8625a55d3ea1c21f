package dev.farcap.proof;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// Hosts at one Ethernet segment: each sees the frames of all, as at a hub. Gone when closed.
///
/// A host is a network namespace; a veth pair is the cable from its interface to the hub, a bridge
/// that learns no addresses, in a namespace of its own.
final class NetworkSegment implements AutoCloseable {
  private static final AtomicInteger MADE = new AtomicInteger();
  private static final int MTU = 1_500;

  /// What the hub itself takes: more than any of its hosts.
  private static final int HUB_MTU = 16_000;

  private final String name =
      "fc%d-%d".formatted(ProcessHandle.current().pid(), MADE.incrementAndGet());
  private final List<NetworkHost> hosts = new ArrayList<>();

  private NetworkSegment() {}

  /// Has a test reported as skipped, with the reason, where this machine lacks the means. Removes
  /// what killed runs have left.
  static void assumePossible() {
    String lacking = lacking();
    assumeTrue(lacking.isEmpty(), "needs root, ip, tc, nft and python3: " + lacking);
  }

  /// What stands against it; empty if nothing.
  private static String lacking() {
    try (NetworkSegment probe = of(1)) {
      Leftovers.remove();
      NetworkHost host = probe.host(0);
      host.run("tc", "qdisc", "show");
      host.run("nft", "list", "ruleset");
      host.run("/usr/bin/python3", "-c", "");
      return "";
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /// So many hosts with an MTU of 1,500.
  static NetworkSegment of(int hosts) throws IOException {
    NetworkSegment segment = new NetworkSegment();
    try {
      segment.join(hosts);
      return segment;
    } catch (IOException e) {
      segment.close();
      throw e;
    }
  }

  private void join(int count) throws IOException {
    String hub = name + "-hub";
    NetworkHost.command("ip", "netns", "add", hub);
    NetworkHost.command(
        "ip", "-n", hub, "link", "add", "hub", "type", "bridge", "ageing_time", "0");
    NetworkHost.command("ip", "-n", hub, "link", "set", "hub", "up");
    for (int i = 0; i < count; i++) {
      NetworkHost host = NetworkHost.make(name + "-" + i);
      hosts.add(host);
      host.plugIn(hub, "p" + i, HUB_MTU);
      host.setMtu(MTU);
      host.up();
    }
  }

  NetworkHost host(int number) {
    return hosts.get(number);
  }

  void setMtu(int mtu) throws IOException {
    for (NetworkHost host : hosts) {
      host.setMtu(mtu);
    }
  }

  @Override
  public void close() {
    hosts.forEach(NetworkHost::close);
    NetworkHost.quietly("ip", "netns", "del", name + "-hub");
  }
}

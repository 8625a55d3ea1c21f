package dev.farcap.transport.nic;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.farcap.transport.Ip;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Network interfaces of this host that are joined to a segment of their own; gone when closed.
/// What joins them, if it is not a mere wire, is in a network namespace. Needs root and `ip`.
public final class Segment implements AutoCloseable {
  /// Of an interface, or of a hub's namespace: the number of the process that made it, and a
  /// letter.
  private static final Pattern NAME = Pattern.compile("fc(\\d+)[a-z]");

  private final String name = "fc" + ProcessHandle.current().pid();
  private final int hosts;

  private Segment(int hosts) {
    this.hosts = hosts;
  }

  /// Has a test skipped where it cannot run. Removes what runs that were killed have left behind.
  public static void assumePossible() {
    assumeTrue(isPossible(), "needs root and the command ip");
  }

  private static boolean isPossible() {
    String probe = "fc" + ProcessHandle.current().pid() + "p";
    try {
      leftIn("/run/netns").forEach(hub -> Ip.quietly("netns", "del", hub));
      leftIn("/sys/class/net").forEach(nic -> Ip.quietly("link", "del", nic));
      PacketSocket.open().close();
      Ip.run("link", "add", probe, "type", "veth", "peer", "name", probe + "q");
      Ip.run("link", "del", probe);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static List<String> leftIn(String folder) throws IOException {
    if (!Files.isDirectory(Path.of(folder))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(Path.of(folder))) {
      return files.map(file -> file.getFileName().toString()).filter(Segment::isOfTheDead).toList();
    }
  }

  private static boolean isOfTheDead(String name) {
    Matcher pid = NAME.matcher(name);
    return pid.matches() && ProcessHandle.of(Long.parseLong(pid.group(1))).isEmpty();
  }

  /// A wire between two.
  public static Segment wire(int mtu) throws IOException {
    Segment segment = new Segment(2);
    segment.lay();
    segment.setMtu(mtu);
    return segment;
  }

  /// Lays the wire, or another one with interfaces of the same names and hardware addresses.
  void lay() throws IOException {
    Ip.run(
        "link",
        "add",
        nic(0),
        "address",
        "02:fc:00:00:00:0a",
        "type",
        "veth",
        "peer",
        "name",
        nic(1),
        "address",
        "02:fc:00:00:00:0b");
    up(0);
    up(1);
  }

  void cut() throws IOException {
    Ip.run("link", "del", nic(0));
  }

  /// Many at a hub: each sees the frames of all.
  static Segment hub(int hosts, int mtu) throws IOException {
    Segment segment = new Segment(hosts);
    try {
      segment.joinAtHub(mtu);
    } catch (IOException e) {
      segment.close();
      throw e;
    }
    return segment;
  }

  private void joinAtHub(int mtu) throws IOException {
    Ip.run("netns", "add", hub());
    Ip.run("-n", hub(), "link", "add", "hub", "type", "bridge", "ageing_time", "0");
    for (int host = 0; host < hosts; host++) {
      String plug = "p" + host;
      Ip.run("link", "add", nic(host), "type", "veth", "peer", "name", plug, "netns", hub());
      Ip.run("-n", hub(), "link", "set", plug, "mtu", Integer.toString(mtu), "master", "hub");
      Ip.run("-n", hub(), "link", "set", plug, "up");
      up(host);
    }
    Ip.run("-n", hub(), "link", "set", "hub", "up");
    setMtu(mtu);
  }

  private String hub() {
    return name + "h";
  }

  /// The name of an interface.
  public String nic(int host) {
    return name + (char) ('a' + host);
  }

  Mac mac(int host) {
    try {
      return Nic.look(nic(host)).mac();
    } catch (ConnectException e) {
      throw new AssertionError(e);
    }
  }

  /// What one dials to reach another.
  public String address(int from, int to) {
    return "nic://" + nic(from) + "/" + mac(to);
  }

  void setMtu(int mtu) throws IOException {
    for (int host = 0; host < hosts; host++) {
      Ip.run("link", "set", nic(host), "mtu", Integer.toString(mtu));
    }
  }

  void setMac(int host, String mac) throws IOException {
    Ip.run("link", "set", nic(host), "address", mac);
  }

  void up(int host) throws IOException {
    Ip.run("link", "set", nic(host), "up");
  }

  void down(int host) throws IOException {
    Ip.run("link", "set", nic(host), "down");
  }

  @Override
  public void close() {
    List<String> nics = IntStream.range(0, hosts).mapToObj(this::nic).toList();
    nics.forEach(nic -> Ip.quietly("link", "del", nic));
    Ip.quietly("netns", "del", hub());
  }
}

package dev.farcap.transport.quic;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Two hosts and a router between them; gone when closed. Needs root and `ip`.
///
/// | host | IPv4 | IPv6 | MTU |
/// |---|---|---|---|
/// | near | 10.0.1.2 | fd00:1::2 | 1,500 |
/// | far | 10.0.2.2 | fd00:2::2 | as is said, which the near host cannot see |
final class RoutedHosts implements AutoCloseable {
  private static final String NAME = "fc" + ProcessHandle.current().pid();

  private final Namespace router;
  final Namespace near;
  final Namespace far;

  private RoutedHosts() throws IOException {
    router = Namespace.make(NAME + "-router");
    near = Namespace.make(NAME + "-near");
    far = Namespace.make(NAME + "-far");
  }

  /// Has a test reported as skipped, with the reason, where it cannot run.
  static void assumePossible() {
    try {
      join(1_500).close();
    } catch (Exception e) {
      assumeTrue(false, "needs root and the command ip: " + e.getMessage());
    }
  }

  /// @param mtu of the far host and its cable
  static RoutedHosts join(int mtu) throws Exception {
    RoutedHosts hosts = new RoutedHosts();
    try {
      hosts.lay(hosts.near, 1);
      hosts.lay(hosts.far, 2);
      hosts.route();
      hosts.setMtu(mtu);
      return hosts;
    } catch (Exception e) {
      hosts.close();
      throw e;
    }
  }

  /// The cable from a host's interface `v0` to the router's `vNUMBER`.
  private void lay(Namespace host, int number) throws IOException {
    String plug = "v" + number;
    router.ip("link", "add", plug, "type", "veth", "peer", "name", "v0", "netns", host.name());
    address(router, plug, number, 1);
    address(host, "v0", number, 2);
    host.ip("route", "add", "default", "via", "10.0.%d.1".formatted(number));
    host.ip("route", "add", "default", "via", "fd00:%d::1".formatted(number));
  }

  private static void address(Namespace host, String nic, int network, int number)
      throws IOException {
    host.ip("addr", "add", "10.0.%d.%d/24".formatted(network, number), "dev", nic);
    // At once, without asking whether somebody else has it.
    host.ip("addr", "add", "fd00:%d::%d/64".formatted(network, number), "dev", nic, "nodad");
    host.ip("link", "set", nic, "up");
  }

  private void route() throws Exception {
    router.inside(
        () -> {
          Files.writeString(Path.of("/proc/sys/net/ipv4/ip_forward"), "1");
          return Files.writeString(Path.of("/proc/sys/net/ipv6/conf/all/forwarding"), "1");
        });
  }

  /// What the far host's cable takes, from now on.
  void setMtu(int mtu) throws IOException {
    router.ip("link", "set", "v2", "mtu", Integer.toString(mtu));
    far.ip("link", "set", "v0", "mtu", Integer.toString(mtu));
  }

  /// Packets of IP that anybody here has cut into fragments.
  long fragments() throws Exception {
    return near.fragments() + router.fragments() + far.fragments();
  }

  @Override
  public void close() {
    near.close();
    far.close();
    router.close();
  }
}

package dev.farcap.proof;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;

/// A wire between two network interfaces that belong to this process's network: what one sends the
/// other receives. Gone when closed. Needs root and `ip`.
final class EthernetWire implements AutoCloseable {
  private static final String NAME = "fcw" + ProcessHandle.current().pid();
  private static final String NEAR = NAME + "a";
  private static final String FAR = NAME + "b";
  private static final String FAR_MAC = "02:fc:00:00:00:1b";

  private EthernetWire() {}

  /// Has a test reported as skipped where it cannot run. Removes what killed runs have left.
  static void assumePossible() {
    try {
      Leftovers.remove();
      lay().close();
    } catch (IOException e) {
      assumeTrue(false, "needs root and the command ip: " + e.getMessage());
    }
  }

  /// Lays it: one at a time.
  static EthernetWire lay() throws IOException {
    EthernetWire wire = new EthernetWire();
    var _ =
        NetworkHost.command(
            "ip", "link", "add", NEAR, "type", "veth", "peer", "name", FAR, "address", FAR_MAC);
    try {
      NetworkHost.command("ip", "link", "set", NEAR, "up");
      NetworkHost.command("ip", "link", "set", FAR, "up");
      return wire;
    } catch (IOException e) {
      wire.close();
      throw e;
    }
  }

  /// What the far end listens at.
  String listening() {
    return "nic://" + FAR;
  }

  /// What the near end dials.
  String dialled() {
    return "nic://" + NEAR + "/" + FAR_MAC;
  }

  /// One end takes the other with it.
  @Override
  public void close() throws IOException {
    NetworkHost.command("ip", "link", "del", NEAR);
  }
}

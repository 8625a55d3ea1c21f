package example.bell;

import dev.farcap.node.Node;
import java.nio.file.Path;
import java.util.Map;

/// A program of host-b that serves the bell itself, without a server-proxy, until its input ends.
public final class BellServer {
  private BellServer() {}

  /// @param args the configuration file
  public static void main(String[] args) throws Exception {
    HouseBell bell = new HouseBell();
    try (Node node =
        Node.server(
            Path.of(args[0]), Map.of("bell", signals -> BellSession.server(bell, signals)))) {
      System.out.println("serving at " + String.join(", ", node.addresses()));
      // The node's threads are daemons: the program decides how long it serves.
      System.in.transferTo(System.out);
    }
  }
}

package dev.farcap.node;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Set;

/// One place where programs connect.
///
/// @param name first element of the labels of all that come in here
/// @param endpoint where
/// @param whileDown what calls do while the link is away
/// @param connectionsMax open at a time
/// @param callsMax in flight on all connections together
public record ListenerConfig(
    String name, Endpoint endpoint, WhileDown whileDown, int connectionsMax, int callsMax) {
  /// A busy host's programs.
  static final int CONNECTIONS = 1_024;

  /// Ten for each connection.
  static final int CALLS = 10_000;

  /// What calls do while the link is away.
  public enum WhileDown {
    /// Wait for it, until their deadline or the resume window is over.
    WAIT,
    /// End UNAVAILABLE at once.
    FAIL
  }

  /// Where programs connect.
  public sealed interface Endpoint {
    /// A Unix socket.
    ///
    /// @param path of the socket
    /// @param allowedUids who may connect, by peer credentials; empty for the user of this process
    record Unix(Path path, Set<Integer> allowedUids) implements Endpoint {
      /// Copies the set.
      public Unix {
        allowedUids = Set.copyOf(allowedUids);
      }

      @Override
      public String toString() {
        return "unix:" + path;
      }
    }

    /// A loopback TCP address: every program of this host may connect.
    record Tcp(InetSocketAddress address) implements Endpoint {
      @Override
      public String toString() {
        return address.getHostString() + ":" + address.getPort();
      }
    }
  }
}

package dev.farcap.door;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/// Where a door listens: reachable from this host only.
public sealed interface DoorAddress {
  /// A Unix socket. The kernel proves the user at the other end.
  ///
  /// @param path of the socket file, which the door makes and removes
  /// @param allowedUids users whose connections are taken, at least one
  record Unix(Path path, Set<Integer> allowedUids) implements DoorAddress {
    /// @throws IllegalArgumentException if nobody is allowed
    public Unix {
      allowedUids = Set.copyOf(allowedUids);
      if (allowedUids.isEmpty()) {
        throw new IllegalArgumentException("socket " + path + ": no user is allowed to connect");
      }
    }

    /// A socket for the user of this process.
    public static Unix own(Path path) {
      return new Unix(path, Set.of(ownUid()));
    }

    /// The user id of this process.
    public static int ownUid() {
      try {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      } catch (IOException e) {
        throw new UncheckedIOException("own user id cannot be read from /proc/self", e);
      }
    }

    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /// A port of the loopback interface: every user of this host may connect, and the door cannot
  /// tell them apart.
  ///
  /// @param socket a resolved loopback address; port 0 lets the system choose
  record Loopback(InetSocketAddress socket) implements DoorAddress {
    /// @throws IllegalArgumentException if other hosts could connect
    public Loopback {
      if (socket.isUnresolved() || !socket.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException(
            "door address "
                + socket
                + " is not a loopback address: programs of other hosts come over a link");
      }
    }

    @Override
    public String toString() {
      return "tcp:" + socket.getAddress().getHostAddress() + ":" + socket.getPort();
    }
  }
}

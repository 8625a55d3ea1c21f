package dev.farcap.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where a gRPC server listens.
public sealed interface Target {
  /// A Unix socket of this host.
  record Unix(Path path) implements Target {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /// A port of this host's loopback interface, in plaintext.
  ///
  /// @param socket a resolved loopback address
  record Loopback(InetSocketAddress socket) implements Target {
    /// @throws IllegalArgumentException if calls would leave the host unprotected
    public Loopback {
      if (socket.isUnresolved() || !socket.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException(
            "backend " + socket + " is not on loopback: plaintext stays on this host, use tls");
      }
    }

    @Override
    public String toString() {
      return "tcp:" + socket.getAddress().getHostAddress() + ":" + socket.getPort();
    }
  }

  /// A port of some host, over TLS; the certificate must be for the host's name.
  ///
  /// @param trusted PEM file of the authorities that may vouch for it; null for the JDK's
  record Tls(String host, int port, @Nullable Path trusted) implements Target {
    /// For who reads a configuration: a session that finds no certificates there fails.
    ///
    /// @throws IllegalArgumentException naming the file, if it has none that can be used
    public static void checkTrusted(Path trusted) {
      var _ = BackendChannel.tls(trusted);
    }

    @Override
    public String toString() {
      return "tls:" + host + ":" + port;
    }
  }
}

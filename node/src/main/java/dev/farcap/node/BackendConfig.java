package dev.farcap.node;

import com.google.protobuf.ByteString;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What serves the sessions of a service.
public sealed interface BackendConfig {
  /// The built-in ROM server.
  ///
  /// @param root folder whose files are the modules
  /// @param defaults content of modules that have no file
  record Rom(Path root, Map<String, ByteString> defaults) implements BackendConfig {
    /// Copies the map.
    public Rom {
      defaults = Map.copyOf(defaults);
    }

    @Override
    public String toString() {
      return "built-in ROM of " + root;
    }
  }

  /// The built-in sink of log lines.
  ///
  /// @param sync whether each group of lines is flushed to the disk
  record LogFile(Path file, boolean sync) implements BackendConfig {
    @Override
    public String toString() {
      return "built-in LOG to " + file;
    }
  }

  /// Any gRPC server.
  ///
  /// @param tls how to reach it over TLS, or null for plaintext
  record Grpc(Target target, @Nullable Tls tls) implements BackendConfig {
    @Override
    public String toString() {
      return "gRPC at " + target + (tls == null ? "" : " over TLS");
    }
  }

  /// Where a gRPC server is.
  sealed interface Target {
    /// At a Unix socket.
    record Unix(Path path) implements Target {
      @Override
      public String toString() {
        return "unix:" + path;
      }
    }

    /// At a TCP address.
    record Tcp(InetSocketAddress address) implements Target {
      @Override
      public String toString() {
        return address.getHostString() + ":" + address.getPort();
      }
    }
  }

  /// How to believe a server.
  ///
  /// @param authorities PEM file with the certificates to believe, or null for those of the
  ///   platform
  record Tls(@Nullable Path authorities) {}
}

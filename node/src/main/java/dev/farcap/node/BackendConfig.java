package dev.farcap.node;

import com.google.protobuf.ByteString;
import dev.farcap.server.Target;
import dev.farcap.session.SessionRequest;
import java.nio.file.Path;
import java.util.Map;

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

  /// A service of the program that the node lives in.
  ///
  /// @param service full gRPC service name
  record Hosted(String service) implements BackendConfig {
    /// @throws IllegalArgumentException if the service is no gRPC service name
    public Hosted {
      SessionRequest.checkService(service);
    }

    @Override
    public String toString() {
      return service + " of this program";
    }
  }

  /// The built-in server of reports, which serves them as ROM modules too.
  record Report() implements BackendConfig {
    @Override
    public String toString() {
      return "built-in Report, with ROM of the reports";
    }
  }

  /// The built-in timers.
  record Timer() implements BackendConfig {
    @Override
    public String toString() {
      return "built-in Timer";
    }
  }

  /// Any gRPC server.
  record Grpc(Target target) implements BackendConfig {
    @Override
    public String toString() {
      return "gRPC at " + target;
    }
  }
}

package dev.farcap.server;

import io.grpc.ServerServiceDefinition;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// What serves the sessions of an exported interface.
public sealed interface Backend {
  /// A gRPC server. One channel per target is shared by all sessions.
  record Grpc(Target target) implements Backend {}

  /// A service in this process, called without any network.
  ///
  /// @param executor where it runs, one callback of a call at a time; null for the link's loop,
  ///   where it must not block
  record InProcess(ServerServiceDefinition service, @Nullable Executor executor)
      implements Backend {}
}

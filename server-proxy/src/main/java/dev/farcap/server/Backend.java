package dev.farcap.server;

import io.grpc.ServerServiceDefinition;

/// What serves the sessions of an exported interface.
public sealed interface Backend {
  /// A gRPC server. One channel per target is shared by all sessions.
  record Grpc(Target target) implements Backend {}

  /// A service in this process, called without any network.
  ///
  /// @param service runs where the link runs hosted services; on the loop it must not block
  record InProcess(ServerServiceDefinition service) implements Backend {}
}

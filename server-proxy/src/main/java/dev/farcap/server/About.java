package dev.farcap.server;

import dev.farcap.discovery.FileSet;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// What can be learned about the interfaces of one backend. On the loop only.
interface About {
  /// Asks whether an interface serves.
  ///
  /// @param told SERVING or not, once, on the loop
  void check(String service, Consumer<ServingStatus> told);

  /// Asks for the files that define an interface, and nothing that belongs to another one.
  ///
  /// @return completes on the loop; fails with a [io.grpc.StatusRuntimeException] for the peer
  CompletableFuture<FileSet> files(String service);
}

package dev.farcap.server;

import dev.farcap.discovery.FileSet;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// A service of this process serves while the process does, and has its descriptors at hand.
record InProcessAbout(ServerServiceDefinition definition) implements About {
  @Override
  public void check(String service, Consumer<ServingStatus> told) {
    told.accept(ServingStatus.SERVING);
  }

  @Override
  public CompletableFuture<FileSet> files(String service) {
    return definition.getServiceDescriptor().getSchemaDescriptor()
            instanceof ProtoFileDescriptorSupplier schema
        ? CompletableFuture.completedFuture(
            FileSet.of(schema.getFileDescriptor()).only(service::equals))
        : CompletableFuture.failedFuture(
            Status.UNIMPLEMENTED
                .withDescription("server does not describe itself")
                .asRuntimeException());
  }
}

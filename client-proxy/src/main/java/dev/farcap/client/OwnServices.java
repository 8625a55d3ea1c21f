package dev.farcap.client;

import dev.farcap.discovery.FileSet;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// The services that a front door serves itself, which every program sees.
///
/// @param names ascending
/// @param files that define them
record OwnServices(Set<String> names, FileSet files) {
  /// The given ones, health and reflection.
  static OwnServices of(List<ServerServiceDefinition> services) {
    Set<String> names = new TreeSet<>();
    FileSet files = FileSet.EMPTY;
    List<ServiceDescriptor> all = new ArrayList<>();
    services.forEach(service -> all.add(service.getServiceDescriptor()));
    all.add(HealthGrpc.getServiceDescriptor());
    all.add(ServerReflectionGrpc.getServiceDescriptor());
    all.add(io.grpc.reflection.v1alpha.ServerReflectionGrpc.getServiceDescriptor());
    for (ServiceDescriptor service : all) {
      names.add(service.getName());
      files = files.with(files(service));
    }
    return new OwnServices(names, files);
  }

  private static FileSet files(ServiceDescriptor service) {
    return service.getSchemaDescriptor() instanceof ProtoFileDescriptorSupplier schema
        ? FileSet.of(schema.getFileDescriptor())
        : FileSet.EMPTY;
  }
}

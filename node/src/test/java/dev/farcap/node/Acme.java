package dev.farcap.node;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.protobuf.services.ProtoReflectionService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A gRPC server with three services in one file, `acme.proto`:
///
/// | service | its messages |
/// |---|---|
/// | acme.Greeter | HelloRequest, Reply |
/// | acme.Clock | TimeRequest, Reply |
/// | acme.Admin | AdminRequest with Secret, Reply |
///
/// The message Problem belongs to none.
final class Acme implements AutoCloseable {
  final HealthStatusManager health = new HealthStatusManager();
  final AtomicInteger calls = new AtomicInteger();
  final Server server;

  /// How a server describes itself.
  enum Describes {
    BY_V1,
    BY_V1ALPHA,
    NOTHING
  }

  /// @param port 0 for any
  /// @param healthy whether it has a health service
  Acme(int port, Describes describes, boolean healthy) throws Exception {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .addStreamTracerFactory(new Counting(calls));
    file().getServices().forEach(service -> builder.addService(definition(service.getFullName())));
    switch (describes) {
      case BY_V1 -> builder.addService(ProtoReflectionServiceV1.newInstance());
      case BY_V1ALPHA -> builder.addService(alpha());
      case NOTHING -> {}
    }
    if (healthy) {
      builder.addService(health.getHealthService());
    }
    server = builder.build().start();
  }

  @SuppressWarnings("deprecation") // servers that have nothing newer are what it is for
  private static io.grpc.BindableService alpha() {
    return ProtoReflectionService.newInstance();
  }

  private static ServerServiceDefinition definition(String service) {
    FileDescriptor file = file();
    return ServerServiceDefinition.builder(
            ServiceDescriptor.newBuilder(service)
                .setSchemaDescriptor((ProtoFileDescriptorSupplier) () -> file)
                .build())
        .build();
  }

  static FileDescriptor file() {
    FileDescriptorProto file =
        FileDescriptorProto.newBuilder()
            .setName("acme.proto")
            .setPackage("acme")
            .setSyntax("proto3")
            .addAllMessageType(
                List.of(
                    message("HelloRequest"),
                    message("TimeRequest"),
                    message("Reply"),
                    message("Secret"),
                    message("Problem"),
                    message("AdminRequest").toBuilder()
                        .addField(
                            FieldDescriptorProto.newBuilder()
                                .setName("secret")
                                .setNumber(1)
                                .setLabel(FieldDescriptorProto.Label.LABEL_OPTIONAL)
                                .setType(FieldDescriptorProto.Type.TYPE_MESSAGE)
                                .setTypeName(".acme.Secret"))
                        .build()))
            .addService(service("Greeter", "Hello", "HelloRequest"))
            .addService(service("Clock", "Time", "TimeRequest"))
            .addService(service("Admin", "Delete", "AdminRequest"))
            .build();
    try {
      return FileDescriptor.buildFrom(file, new FileDescriptor[0]);
    } catch (DescriptorValidationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DescriptorProto message(String name) {
    return DescriptorProto.newBuilder().setName(name).build();
  }

  private static ServiceDescriptorProto service(String name, String method, String request) {
    return ServiceDescriptorProto.newBuilder()
        .setName(name)
        .addMethod(
            MethodDescriptorProto.newBuilder()
                .setName(method)
                .setInputType(".acme." + request)
                .setOutputType(".acme.Reply"))
        .build();
  }

  int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  /// Counts what arrives.
  private static final class Counting extends io.grpc.ServerStreamTracer.Factory {
    private final AtomicInteger calls;

    Counting(AtomicInteger calls) {
      this.calls = calls;
    }

    @Override
    public io.grpc.ServerStreamTracer newServerStreamTracer(
        String method, io.grpc.Metadata headers) {
      calls.incrementAndGet();
      return new io.grpc.ServerStreamTracer() {};
    }
  }
}

package dev.farcap.deploy;

import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.DynamicMessage;
import dev.farcap.session.ServiceAlias;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;
import java.util.stream.Collectors;

/// A method as its server describes it.
record CallMethod(MethodDescriptor descriptor) {
  /// @param name `SERVICE/METHOD`
  /// @throws CommandException if there is no such method
  static CallMethod find(String name, CallTypes types) throws InterruptedException {
    int slash = name.lastIndexOf('/');
    if (slash < 1 || slash == name.length() - 1) {
      throw usage("'" + name + "' is not of the form SERVICE/METHOD");
    }
    ServiceDescriptor service = types.service(service(name.substring(0, slash)));
    MethodDescriptor method = service.findMethodByName(name.substring(slash + 1));
    if (method == null) {
      throw usage(
          "%s has no method '%s'; it has %s"
              .formatted(
                  service.getFullName(),
                  name.substring(slash + 1),
                  service.getMethods().stream()
                      .map(MethodDescriptor::getName)
                      .collect(Collectors.joining(", "))));
    }
    return new CallMethod(method);
  }

  private static String service(String name) {
    try {
      return ServiceAlias.resolve(name);
    } catch (IllegalArgumentException e) {
      throw usage(String.valueOf(e.getMessage()));
    }
  }

  private static CommandException usage(String message) {
    return new CommandException(ExitCode.USAGE, message);
  }

  /// As gRPC calls it.
  io.grpc.MethodDescriptor<DynamicMessage, DynamicMessage> grpc() {
    return io.grpc.MethodDescriptor.newBuilder(
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(descriptor.getInputType())),
            ProtoUtils.marshaller(DynamicMessage.getDefaultInstance(descriptor.getOutputType())))
        .setFullMethodName(descriptor.getService().getFullName() + "/" + descriptor.getName())
        .setType(type())
        .build();
  }

  private MethodType type() {
    if (descriptor.isClientStreaming()) {
      return descriptor.isServerStreaming()
          ? MethodType.BIDI_STREAMING
          : MethodType.CLIENT_STREAMING;
    }
    return descriptor.isServerStreaming() ? MethodType.SERVER_STREAMING : MethodType.UNARY;
  }

  /// As a `.proto` file has it.
  String line() {
    return "rpc %s(%s%s) returns (%s%s)"
        .formatted(
            descriptor.getName(),
            descriptor.isClientStreaming() ? "stream " : "",
            descriptor.getInputType().getFullName(),
            descriptor.isServerStreaming() ? "stream " : "",
            descriptor.getOutputType().getFullName());
  }
}

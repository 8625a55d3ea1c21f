package dev.farcap.stubgen;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A session interface, as it will be in Java.
///
/// @param javaPackage of the interface
/// @param name of the interface: `LampSession`
/// @param alias for operators; empty for none
/// @param comment of the service
/// @param neighbours simple names of the types in the package
/// @param failures that methods throw, each once
record SessionModel(
    ServiceDescriptor service,
    String javaPackage,
    String name,
    String alias,
    String comment,
    Set<String> neighbours,
    List<Method> methods,
    List<TypedFailure> failures,
    boolean isDeprecated) {

  /// Who streams.
  enum Kind {
    UNARY,
    REPLIES,
    REPLY,
    EXCHANGE;

    boolean requestsStream() {
      return this == REPLY || this == EXCHANGE;
    }

    boolean repliesStream() {
      return this == REPLIES || this == EXCHANGE;
    }
  }

  /// One method.
  ///
  /// @param name in Java
  /// @param rpc in the schema
  /// @param getter of its gRPC descriptor: `getSetMethod`
  record Method(
      String name,
      String rpc,
      String getter,
      Kind kind,
      Descriptor request,
      Descriptor reply,
      List<Parameter> parameters,
      Result result,
      String comment,
      boolean isDeprecated) {}

  /// What a caller gives.
  sealed interface Parameter {
    String name();

    String comment();

    /// A field of the request.
    record Field(String name, FieldDescriptor field, String comment) implements Parameter {}

    /// A field of the request that holds a signal context.
    record Signal(String name, FieldDescriptor field, String comment) implements Parameter {}

    /// The request as it is.
    record Whole(String name, String comment) implements Parameter {}

    /// The stream of requests.
    record Requests(String name, String comment) implements Parameter {}
  }

  /// What a caller gets.
  sealed interface Result {
    /// Nothing.
    record Nothing() implements Result {}

    /// The reply, or each of the stream, as it is.
    record Whole(String comment) implements Result {}

    /// The only field of the reply.
    record Single(FieldDescriptor field, String comment) implements Result {}

    /// A value or a failure.
    ///
    /// @param value its type Empty: nothing
    record ValueOrFailure(
        FieldDescriptor value, FieldDescriptor error, TypedFailure failure, String comment)
        implements Result {}
  }

  /// A checked exception.
  ///
  /// @param name in Java
  /// @param error the first field that has its type
  record TypedFailure(String name, FieldDescriptor error, String comment) {}

  /// Where the file belongs, below the output folder.
  String path() {
    return (javaPackage.isEmpty() ? "" : javaPackage.replace('.', '/') + "/") + name + ".java";
  }

  boolean hasSignals() {
    return methods.stream()
        .flatMap(method -> method.parameters().stream())
        .anyMatch(Parameter.Signal.class::isInstance);
  }

  /// The failure of a method, or null if it has none of its own.
  static @Nullable TypedFailure failure(Method method) {
    return method.result() instanceof Result.ValueOrFailure either ? either.failure() : null;
  }
}

package dev.farcap.stubgen;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.GenericDescriptor;
import com.google.protobuf.Descriptors.MethodDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import dev.farcap.options.OptionsProto;
import dev.farcap.options.SessionOptions;
import dev.farcap.stubgen.SessionModel.Kind;
import dev.farcap.stubgen.SessionModel.Method;
import dev.farcap.stubgen.SessionModel.Parameter;
import dev.farcap.stubgen.SessionModel.Result;
import dev.farcap.stubgen.SessionModel.TypedFailure;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which schema becomes which session interface.
///
/// - A request of up to five plain fields becomes parameters; a larger one, and one with a oneof,
///   is passed as it is. So are those of google.protobuf, but for Empty and the wrappers.
/// - A reply without fields is nothing, one of one field that field's value, any other is returned
///   as it is. In streams messages stay as they are.
/// - A reply that is exactly `oneof x { T value; E error; }` becomes a value and a checked
///   exception named after `E`.
/// - A `bytes` field marked as a signal becomes a handler at the caller's side and a transmitter at
///   the server's.
///
/// What fits none of these is a [Problem] with its place, and no file is written.
final class SessionReader {
  /// A call with more of them is hard to read.
  private static final int PARAMETERS_MAX = 5;

  private static final String WELL_KNOWN = "google.protobuf";
  private static final Set<String> WRAPPERS =
      Set.of(
          "DoubleValue",
          "FloatValue",
          "Int64Value",
          "UInt64Value",
          "Int32Value",
          "UInt32Value",
          "BoolValue",
          "StringValue",
          "BytesValue");

  private final Schema schema;
  private final List<Problem> problems;

  /// By the full name of the error's type, or the method's where that has none.
  private final Map<String, TypedFailure> failures = new LinkedHashMap<>();

  SessionReader(Schema schema, List<Problem> problems) {
    this.schema = schema;
    this.problems = problems;
  }

  SessionModel read(ServiceDescriptor service) {
    String javaPackage = JavaNames.javaPackage(service.getFile());
    if (javaPackage.isEmpty()) {
      problem(service, "a session interface needs a package: add 'package' to the file");
    } else if (!JavaNames.isPackage(javaPackage)) {
      problem(
          service, "'" + javaPackage + "' cannot be a package in Java: add 'option java_package'");
    }
    SessionOptions options = service.getOptions().getExtension(OptionsProto.session);
    if (!options.getAlias().matches("([A-Za-z][A-Za-z0-9_-]*)?")) {
      problem(service, "alias '" + options.getAlias() + "' must be a word, such as 'ROM'");
    }
    List<Method> methods = service.getMethods().stream().map(this::method).toList();
    SessionModel session =
        new SessionModel(
            service,
            javaPackage,
            service.getName() + "Session",
            options.getAlias(),
            schema.comment(service),
            schema.types(javaPackage),
            methods,
            List.copyOf(failures.values()),
            service.getOptions().getDeprecated());
    checkNames(session);
    return session;
  }

  private Method method(MethodDescriptor method) {
    Kind kind = kind(method);
    checkPackage(method, method.getInputType());
    checkPackage(method, method.getOutputType());
    return new Method(
        JavaNames.method(method.getName()),
        method.getName(),
        JavaNames.descriptorGetter(method.getName()),
        kind,
        method.getInputType(),
        method.getOutputType(),
        parameters(method, kind),
        result(method, kind),
        schema.comment(method),
        method.getOptions().getDeprecated());
  }

  private static Kind kind(MethodDescriptor method) {
    if (method.isClientStreaming()) {
      return method.isServerStreaming() ? Kind.EXCHANGE : Kind.REPLY;
    }
    return method.isServerStreaming() ? Kind.REPLIES : Kind.UNARY;
  }

  // ---- requests

  private List<Parameter> parameters(MethodDescriptor method, Kind kind) {
    Descriptor request = method.getInputType();
    if (kind.requestsStream()) {
      checkNoSignal(request, "a stream cannot carry a signal: pass it by a unary method");
      return List.of(new Parameter.Requests("requests", summary(request)));
    } else if (!isUnpacked(request)) {
      checkNoSignal(
          request,
          "a signal needs a request of at most "
              + PARAMETERS_MAX
              + " fields without a oneof, which become parameters");
      return List.of(new Parameter.Whole(JavaNames.parameter(request), summary(request)));
    }
    checkGetters(request);
    return request.getFields().stream().map(this::parameter).toList();
  }

  private static boolean isUnpacked(Descriptor request) {
    if (request.getFile().getPackage().equals(WELL_KNOWN)) {
      return request.getFields().isEmpty() || WRAPPERS.contains(request.getName());
    }
    return request.getFields().size() <= PARAMETERS_MAX && request.getRealOneofs().isEmpty();
  }

  private Parameter parameter(FieldDescriptor field) {
    checkType(field);
    String name = JavaNames.parameter(field);
    String comment = schema.comment(field);
    if (!isSignal(field)) {
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        checkNoSignal(
            field.getMessageType(), "a signal must be a field of the request itself, not below it");
      }
      return new Parameter.Field(name, field, comment);
    }
    if (field.getType() != FieldDescriptor.Type.BYTES
        || field.isRepeated()
        || JavaTypes.isOptional(field)) {
      problem(field, "a signal is a plain 'bytes' field: neither repeated nor optional");
    }
    return new Parameter.Signal(name, field, comment);
  }

  private static boolean isSignal(FieldDescriptor field) {
    return field.getOptions().getExtension(OptionsProto.signal);
  }

  private void checkNoSignal(Descriptor message, String why) {
    eachField(
        message,
        new HashSet<>(),
        field -> {
          if (isSignal(field)) {
            problem(field, why);
          }
        });
  }

  private static void eachField(
      Descriptor message, Set<Descriptor> seen, Consumer<FieldDescriptor> visitor) {
    if (!seen.add(message)) {
      return;
    }
    for (FieldDescriptor field : message.getFields()) {
      visitor.accept(field);
      if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
        eachField(field.getMessageType(), seen, visitor);
      }
    }
  }

  // ---- replies

  private Result result(MethodDescriptor method, Kind kind) {
    Descriptor reply = method.getOutputType();
    checkNoSignal(reply, "a signal goes from the caller to the server, not back");
    OneofDescriptor either = valueOrError(reply);
    if (kind.repliesStream()) {
      if (either != null) {
        problem(
            method,
            "a stream of 'oneof {value, error}' has no typed failures: end it with a status, or"
                + " name the fields otherwise");
      }
      return new Result.Whole(summary(reply));
    } else if (either != null) {
      return valueOrFailure(method, reply);
    } else if (reply.getFields().isEmpty()) {
      return new Result.Nothing();
    } else if (isUnpackedReply(reply)) {
      FieldDescriptor field = reply.getFields().get(0);
      checkType(field);
      return new Result.Single(field, schema.comment(field));
    }
    return new Result.Whole(summary(reply));
  }

  private static boolean isUnpackedReply(Descriptor reply) {
    return reply.getFields().size() == 1
        && reply.getRealOneofs().isEmpty()
        && (!reply.getFile().getPackage().equals(WELL_KNOWN) || WRAPPERS.contains(reply.getName()));
  }

  private static @Nullable OneofDescriptor valueOrError(Descriptor reply) {
    boolean either =
        reply.getRealOneofs().size() == 1
            && reply.getFields().size() == 2
            && reply.getRealOneofs().get(0).getFieldCount() == 2
            && reply.findFieldByName("value") != null
            && reply.findFieldByName("error") != null;
    return either ? reply.getRealOneofs().get(0) : null;
  }

  private Result valueOrFailure(MethodDescriptor method, Descriptor reply) {
    FieldDescriptor value = reply.findFieldByName("value");
    FieldDescriptor error = reply.findFieldByName("error");
    checkType(value);
    checkType(error);
    return new Result.ValueOrFailure(value, error, failure(method, error), schema.comment(value));
  }

  private TypedFailure failure(MethodDescriptor method, FieldDescriptor error) {
    @Nullable GenericDescriptor type =
        switch (error.getJavaType()) {
          case MESSAGE -> error.getMessageType();
          case ENUM -> error.getEnumType();
          default -> null;
        };
    String key = type == null ? method.getFullName() : type.getFullName();
    String base = type == null ? method.getName() : type.getName();
    String name = base.replaceFirst("(?<=.)(Error|Failure|Exception)$", "") + "Exception";
    String comment = type == null ? schema.comment(error) : schema.comment(type);
    return failures.computeIfAbsent(key, unused -> new TypedFailure(name, error, comment));
  }

  // ---- what Java cannot say

  private void checkType(FieldDescriptor field) {
    if (field.getType() == FieldDescriptor.Type.GROUP) {
      problem(
          field, "a group or delimited field cannot be a parameter or result: make it a message");
    }
    FieldDescriptor value =
        field.isMapField() ? field.getMessageType().findFieldByNumber(2) : field;
    switch (value.getJavaType()) {
      case MESSAGE -> checkPackage(field, value.getMessageType());
      case ENUM -> checkPackage(field, value.getEnumType());
      default -> {}
    }
  }

  private void checkPackage(GenericDescriptor user, GenericDescriptor type) {
    if (JavaNames.javaPackage(type.getFile()).isEmpty()) {
      problem(
          user,
          "'%s' has no package, so that Java cannot name it here: add 'package' to %s"
              .formatted(type.getName(), type.getFile().getName()));
    }
  }

  /// protobuf numbers fields whose accessors would be the same.
  private void checkGetters(Descriptor message) {
    Map<String, FieldDescriptor> accessors = new HashMap<>();
    for (FieldDescriptor field : message.getFields()) {
      accessors(field)
          .forEach(
              accessor -> {
                FieldDescriptor other = accessors.putIfAbsent(accessor, field);
                if (other != null) {
                  problem(
                      field,
                      "fields '%s' and '%s' have the same accessor in Java: rename one"
                          .formatted(other.getName(), field.getName()));
                }
              });
    }
  }

  private static Stream<String> accessors(FieldDescriptor field) {
    String property = JavaNames.property(field);
    if (field.isMapField()) {
      return Stream.of("", "Map", "Count").map(property::concat);
    }
    return field.isRepeated()
        ? Stream.of("", "List", "Count").map(property::concat)
        : Stream.of(property);
  }

  private void checkNames(SessionModel session) {
    if (session.neighbours().contains(session.name())) {
      problem(
          session.service(),
          "'%s' is a type of the package %s already: rename it or the service"
              .formatted(session.name(), session.javaPackage()));
    }
    Map<String, String> methods = new HashMap<>();
    for (Method method : session.methods()) {
      String other = methods.putIfAbsent(method.name(), method.rpc());
      if (other != null) {
        problem(
            session.service().findMethodByName(method.rpc()),
            "methods '%s' and '%s' are both '%s' in Java: rename one"
                .formatted(other, method.rpc(), method.name()));
      }
      checkParameterNames(method);
    }
    Map<String, TypedFailure> exceptions = new HashMap<>();
    for (TypedFailure failure : session.failures()) {
      TypedFailure other = exceptions.putIfAbsent(failure.name(), failure);
      if (other != null) {
        problem(
            failure.error(),
            "two kinds of errors would both be '%s' in Java: rename one".formatted(failure.name()));
      }
    }
  }

  private void checkParameterNames(Method method) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < method.parameters().size(); i++) {
      String name = method.parameters().get(i).name();
      if (!names.add(name)) {
        // Only fields are several, each a parameter.
        problem(
            method.request().getFields().get(i),
            "two fields are both '%s' as parameters: rename one".formatted(name));
      }
    }
  }

  /// The first paragraph of what is written above a message; the well-known ones are known.
  private String summary(Descriptor message) {
    return message.getFile().getPackage().equals(WELL_KNOWN)
        ? ""
        : schema.comment(message).split("\n\\s*\n", 2)[0];
  }

  private void problem(GenericDescriptor thing, String message) {
    problems.add(new Problem(schema.place(thing), message));
  }
}

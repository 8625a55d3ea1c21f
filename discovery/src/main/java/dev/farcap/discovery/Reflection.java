package dev.farcap.discovery;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoFileDescriptorSupplier;
import io.grpc.reflection.v1.ErrorResponse;
import io.grpc.reflection.v1.ExtensionNumberResponse;
import io.grpc.reflection.v1.ExtensionRequest;
import io.grpc.reflection.v1.FileDescriptorResponse;
import io.grpc.reflection.v1.ListServiceResponse;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `grpc.reflection.v1.ServerReflection` and its predecessor v1alpha, over a [Source].
///
/// The questions of a stream are answered one after the other, in their order. What a source does
/// not know is NOT_FOUND, in the same words whatever the reason. A file is always sent together
/// with all it imports.
public final class Reflection {
  /// Full name of the service.
  public static final String SERVICE = ServerReflectionGrpc.SERVICE_NAME;

  /// Full name of its predecessor, whose messages are the same.
  public static final String ALPHA_SERVICE =
      io.grpc.reflection.v1alpha.ServerReflectionGrpc.SERVICE_NAME;

  private Reflection() {}

  /// What may be seen. Its futures may fail with a [io.grpc.StatusRuntimeException] that says why
  /// an answer cannot be had now; they complete where the calls run.
  public interface Source {
    /// The services that may be seen, ascending.
    Set<String> services();

    /// Files among which one defines a symbol, if there are such.
    CompletableFuture<FileSet> defining(String symbol);

    /// Files of which something is true, if there are such.
    CompletableFuture<FileSet> where(Predicate<FileSet> wanted);
  }

  /// The service.
  ///
  /// @param source asked once for each stream, within its context; a
  ///   [io.grpc.StatusRuntimeException] ends it
  public static ServerServiceDefinition service(Supplier<Source> source) {
    return define(SERVICE, io.grpc.reflection.v1.ServerReflectionProto.getDescriptor(), source);
  }

  /// Its predecessor.
  ///
  /// @param source asked once for each stream, within its context
  @SuppressWarnings("deprecation") // So is the service; tools still ask for it.
  public static ServerServiceDefinition alphaService(Supplier<Source> source) {
    return define(
        ALPHA_SERVICE, io.grpc.reflection.v1alpha.ServerReflectionProto.getDescriptor(), source);
  }

  private static ServerServiceDefinition define(
      String service,
      com.google.protobuf.Descriptors.FileDescriptor file,
      Supplier<Source> source) {
    MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method = method(service);
    ServiceDescriptor descriptor =
        ServiceDescriptor.newBuilder(service)
            .addMethod(method)
            .setSchemaDescriptor((ProtoFileDescriptorSupplier) () -> file)
            .build();
    return ServerServiceDefinition.builder(descriptor)
        .addMethod(
            method,
            ServerCalls.asyncBidiStreamingCall(
                replies ->
                    converse(source, (ServerCallStreamObserver<ServerReflectionResponse>) replies)))
        .build();
  }

  private static StreamObserver<ServerReflectionRequest> converse(
      Supplier<Source> source, ServerCallStreamObserver<ServerReflectionResponse> replies) {
    try {
      return new Conversation(source.get(), replies);
    } catch (StatusRuntimeException e) {
      replies.onError(e);
      return new Silent();
    }
  }

  /// Listens to a stream that was ended before its first question.
  private static final class Silent implements StreamObserver<ServerReflectionRequest> {
    @Override
    public void onNext(ServerReflectionRequest question) {}

    @Override
    public void onError(Throwable cancelled) {}

    @Override
    public void onCompleted() {}
  }

  /// The one method, of the service or its predecessor.
  static MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method(
      String service) {
    return ServerReflectionGrpc.getServerReflectionInfoMethod().toBuilder()
        .setFullMethodName(MethodDescriptor.generateFullMethodName(service, "ServerReflectionInfo"))
        .setType(MethodType.BIDI_STREAMING)
        .build();
  }

  /// One stream: a question is asked for when the one before is answered and the answer is on its
  /// way.
  private static final class Conversation implements StreamObserver<ServerReflectionRequest> {
    private final Source source;
    private final ServerCallStreamObserver<ServerReflectionResponse> replies;
    private boolean asked;
    private boolean answering;
    private boolean over;

    Conversation(Source source, ServerCallStreamObserver<ServerReflectionResponse> replies) {
      this.source = source;
      this.replies = replies;
      replies.disableAutoRequest();
      replies.setOnReadyHandler(this::ask);
      replies.setOnCancelHandler(() -> over = true);
      asked = true;
      replies.request(1);
    }

    private void ask() {
      if (!asked && !answering && replies.isReady()) {
        asked = true;
        replies.request(1);
      }
    }

    @Override
    public void onNext(ServerReflectionRequest question) {
      asked = false;
      answering = true;
      var _ = answer(question).whenComplete((answer, failure) -> tell(question, answer, failure));
    }

    private void tell(
        ServerReflectionRequest question,
        ServerReflectionResponse.@Nullable Builder answer,
        @Nullable Throwable failure) {
      answering = false;
      if (replies.isCancelled()) {
        return;
      }
      replies.onNext(
          (answer == null ? failed(failure) : answer)
              .setValidHost(question.getHost())
              .setOriginalRequest(question)
              .build());
      if (over) {
        replies.onCompleted();
      } else {
        ask();
      }
    }

    private CompletableFuture<ServerReflectionResponse.Builder> answer(
        ServerReflectionRequest question) {
      return switch (question.getMessageRequestCase()) {
        case LIST_SERVICES -> CompletableFuture.completedFuture(services(source.services()));
        case FILE_CONTAINING_SYMBOL -> defining(question.getFileContainingSymbol());
        case FILE_BY_FILENAME -> named(question.getFileByFilename());
        case FILE_CONTAINING_EXTENSION -> extending(question.getFileContainingExtension());
        case ALL_EXTENSION_NUMBERS_OF_TYPE -> extended(question.getAllExtensionNumbersOfType());
        case MESSAGEREQUEST_NOT_SET ->
            CompletableFuture.completedFuture(
                error(Status.INVALID_ARGUMENT.withDescription("no question was asked")));
      };
    }

    private CompletableFuture<ServerReflectionResponse.Builder> defining(String symbol) {
      return source
          .defining(symbol)
          .thenApply(files -> files(files, found -> found.defining(symbol)));
    }

    private CompletableFuture<ServerReflectionResponse.Builder> named(String name) {
      return found(files -> files.file(name));
    }

    private CompletableFuture<ServerReflectionResponse.Builder> extending(ExtensionRequest asked) {
      return found(files -> files.extending(asked.getContainingType(), asked.getExtensionNumber()));
    }

    private CompletableFuture<ServerReflectionResponse.Builder> found(
        Function<FileSet, @Nullable FileDescriptorProto> which) {
      return source
          .where(files -> which.apply(files) != null)
          .thenApply(files -> files(files, which));
    }

    private CompletableFuture<ServerReflectionResponse.Builder> extended(String message) {
      return source
          .where(files -> files.defining(message) != null)
          .thenApply(files -> numbers(files, message));
    }

    @Override
    public void onError(Throwable cancelled) {
      over = true;
    }

    @Override
    public void onCompleted() {
      over = true;
      if (!answering) {
        replies.onCompleted();
      }
    }
  }

  // ---- answers

  private static ServerReflectionResponse.Builder services(Set<String> names) {
    ListServiceResponse.Builder list = ListServiceResponse.newBuilder();
    names.forEach(name -> list.addService(ServiceResponse.newBuilder().setName(name)));
    return ServerReflectionResponse.newBuilder().setListServicesResponse(list);
  }

  private static ServerReflectionResponse.Builder files(
      FileSet files, Function<FileSet, @Nullable FileDescriptorProto> which) {
    FileDescriptorProto file = which.apply(files);
    if (file == null) {
      return notFound();
    }
    List<FileDescriptorProto> closure = files.closure(file.getName());
    return ServerReflectionResponse.newBuilder()
        .setFileDescriptorResponse(
            FileDescriptorResponse.newBuilder().addAllFileDescriptorProto(FileSet.bytes(closure)));
  }

  private static ServerReflectionResponse.Builder numbers(FileSet files, String message) {
    if (files.defining(message) == null) {
      return notFound();
    }
    return ServerReflectionResponse.newBuilder()
        .setAllExtensionNumbersResponse(
            ExtensionNumberResponse.newBuilder()
                .setBaseTypeName(message)
                .addAllExtensionNumber(files.extensionNumbers(message)));
  }

  private static ServerReflectionResponse.Builder notFound() {
    return error(Status.NOT_FOUND.withDescription("not found"));
  }

  private static ServerReflectionResponse.Builder failed(@Nullable Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException wrapped && wrapped.getCause() != null
            ? wrapped.getCause()
            : failure;
    return error(cause == null ? Status.INTERNAL : Status.fromThrowable(cause));
  }

  private static ServerReflectionResponse.Builder error(Status status) {
    String description = status.getDescription();
    return ServerReflectionResponse.newBuilder()
        .setErrorResponse(
            ErrorResponse.newBuilder()
                .setErrorCode(status.getCode().value())
                .setErrorMessage(description == null ? status.getCode().toString() : description));
  }
}

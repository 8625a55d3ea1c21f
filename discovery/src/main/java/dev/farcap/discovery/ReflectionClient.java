package dev.farcap.discovery;

import com.google.protobuf.ByteString;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Asks a server by reflection: in v1, and in v1alpha where the server lacks that.
///
/// Futures complete where the channel's calls run; they fail with a [StatusRuntimeException]:
/// UNIMPLEMENTED where the server has no reflection, NOT_FOUND where it does not know what was
/// asked, RESOURCE_EXHAUSTED where it says too much, or what became of the call.
public final class ReflectionClient {
  /// Bytes of files taken for one question: ten times the largest published interfaces.
  public static final int BYTES_MAX = 4 << 20;

  private ReflectionClient() {}

  /// The files that define a symbol, with all they import.
  ///
  /// @param patience after which the question ends DEADLINE_EXCEEDED
  public static CompletableFuture<FileSet> files(
      Channel channel, String symbol, Duration patience) {
    ServerReflectionRequest first =
        ServerReflectionRequest.newBuilder().setFileContainingSymbol(symbol).build();
    return ask(channel, first, patience, FilesAnswer::new);
  }

  /// The services that the server lists, ascending.
  ///
  /// @param patience after which the question ends DEADLINE_EXCEEDED
  public static CompletableFuture<Set<String>> services(Channel channel, Duration patience) {
    ServerReflectionRequest first =
        ServerReflectionRequest.newBuilder().setListServices("*").build();
    return ask(channel, first, patience, ServicesAnswer::new);
  }

  private static <T> CompletableFuture<T> ask(
      Channel channel,
      ServerReflectionRequest first,
      Duration patience,
      Supplier<Answer<T>> answer) {
    CompletableFuture<T> told = new CompletableFuture<>();
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(patience.toNanos(), TimeUnit.NANOSECONDS);
    start(channel, Reflection.SERVICE, options, first, answer, told);
    return told;
  }

  private static <T> void start(
      Channel channel,
      String service,
      CallOptions options,
      ServerReflectionRequest first,
      Supplier<Answer<T>> answer,
      CompletableFuture<T> told) {
    ClientCall<ServerReflectionRequest, ServerReflectionResponse> call =
        channel.newCall(Reflection.method(service), options);
    @Nullable Runnable predecessor =
        service.equals(Reflection.SERVICE)
            ? () -> start(channel, Reflection.ALPHA_SERVICE, options, first, answer, told)
            : null;
    call.start(new Conversation<>(call, answer.get(), predecessor, told), new Metadata());
    call.sendMessage(first);
    call.request(1);
  }

  /// What is made of responses.
  private interface Answer<T> {
    /// Takes one.
    ///
    /// @return what to ask next, or null when it is complete
    @Nullable ServerReflectionRequest take(ServerReflectionResponse response);

    T complete();
  }

  /// Questions and responses in turn, until the answer is complete.
  private static final class Conversation<T> extends ClientCall.Listener<ServerReflectionResponse> {
    private final ClientCall<ServerReflectionRequest, ServerReflectionResponse> call;
    private final Answer<T> answer;
    private final @Nullable Runnable predecessor;
    private final CompletableFuture<T> told;

    Conversation(
        ClientCall<ServerReflectionRequest, ServerReflectionResponse> call,
        Answer<T> answer,
        @Nullable Runnable predecessor,
        CompletableFuture<T> told) {
      this.call = call;
      this.answer = answer;
      this.predecessor = predecessor;
      this.told = told;
    }

    @Override
    public void onMessage(ServerReflectionResponse response) {
      if (told.isDone()) {
        return;
      }
      try {
        ServerReflectionRequest next = answer.take(response);
        if (next == null) {
          told.complete(answer.complete());
          call.halfClose();
        } else {
          call.sendMessage(next);
        }
        call.request(1);
      } catch (StatusRuntimeException e) {
        told.completeExceptionally(e);
        call.cancel("no answer", e);
      }
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (told.isDone()) {
        return;
      }
      if (status.getCode() == Status.Code.UNIMPLEMENTED && predecessor != null) {
        predecessor.run();
        return;
      }
      if (status.getCode() == Status.Code.UNIMPLEMENTED) {
        told.completeExceptionally(
            Status.UNIMPLEMENTED
                .withDescription("server does not describe itself: it has no reflection")
                .asRuntimeException());
        return;
      }
      Status end =
          status.isOk() ? Status.INTERNAL.withDescription("reflection gave no answer") : status;
      told.completeExceptionally(new StatusRuntimeException(end, trailers));
    }
  }

  private static StatusRuntimeException error(ServerReflectionResponse response) {
    Status status =
        response.hasErrorResponse()
            ? Status.fromCodeValue(response.getErrorResponse().getErrorCode())
                .withDescription(response.getErrorResponse().getErrorMessage())
            : Status.INTERNAL.withDescription("reflection answered something else");
    return status.asRuntimeException();
  }

  /// Some servers send a file with all it imports, others have to be asked for each.
  private static final class FilesAnswer implements Answer<FileSet> {
    private FileSet files = FileSet.EMPTY;
    private int bytes;

    @Override
    public @Nullable ServerReflectionRequest take(ServerReflectionResponse response) {
      if (!response.hasFileDescriptorResponse()) {
        throw error(response);
      }
      int before = files.files().size();
      add(response.getFileDescriptorResponse().getFileDescriptorProtoList());
      Set<String> missing = files.missing();
      if (missing.isEmpty()) {
        return null;
      }
      if (files.files().size() == before) {
        throw Status.INTERNAL
            .withDescription("reflection does not give " + missing)
            .asRuntimeException();
      }
      return ServerReflectionRequest.newBuilder()
          .setFileByFilename(missing.iterator().next())
          .build();
    }

    private void add(List<ByteString> sent) {
      bytes += sent.stream().mapToInt(ByteString::size).sum();
      if (bytes > BYTES_MAX) {
        throw tooMuch(bytes + " bytes of protobuf files, limit " + BYTES_MAX);
      }
      try {
        files = files.with(FileSet.of(sent.stream().map(FilesAnswer::parse).toList()));
      } catch (IllegalArgumentException e) {
        throw tooMuch(String.valueOf(e.getMessage()));
      }
    }

    private static StatusRuntimeException tooMuch(String what) {
      return Status.RESOURCE_EXHAUSTED.withDescription(what).asRuntimeException();
    }

    private static FileDescriptorProto parse(ByteString bytes) {
      try {
        return FileDescriptorProto.parseFrom(bytes);
      } catch (InvalidProtocolBufferException e) {
        throw Status.INTERNAL
            .withDescription("reflection sent what is no protobuf file")
            .withCause(e)
            .asRuntimeException();
      }
    }

    @Override
    public FileSet complete() {
      return files;
    }
  }

  private static final class ServicesAnswer implements Answer<Set<String>> {
    private final Set<String> services = new TreeSet<>();

    @Override
    public @Nullable ServerReflectionRequest take(ServerReflectionResponse response) {
      if (!response.hasListServicesResponse()) {
        throw error(response);
      }
      response.getListServicesResponse().getServiceList().stream()
          .map(ServiceResponse::getName)
          .forEach(services::add);
      return null;
    }

    @Override
    public Set<String> complete() {
      return services;
    }
  }
}

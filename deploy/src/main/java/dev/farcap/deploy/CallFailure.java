package dev.farcap.deploy;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorDetailsProto;
import dev.farcap.session.MetadataKeys;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Tells all that is known of a call that failed: its status, who failed it and whether it may have
/// been executed, and the details that the server gave, as JSON where their types are known.
final class CallFailure {
  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  private final CallTypes types;

  CallFailure(CallTypes types) {
    this.types = types;
  }

  CommandException of(StatusRuntimeException failure) throws InterruptedException {
    Status status = failure.getStatus();
    List<String> lines = new ArrayList<>();
    String description = Failures.description(status);
    lines.add(status.getCode() + (description == null ? "" : ": " + description));
    Metadata trailers = failure.getTrailers();
    if (trailers != null) {
      add(lines, MetadataKeys.ORIGIN, trailers);
      add(lines, MetadataKeys.OUTCOME, trailers);
      addDetails(lines, trailers.get(DETAILS));
    }
    return new CommandException(Failures.code(failure), String.join("\n", lines));
  }

  private static void add(List<String> lines, Metadata.Key<String> key, Metadata trailers) {
    String value = trailers.get(key);
    if (value != null) {
      lines.add("  " + key.name() + ": " + value);
    }
  }

  private void addDetails(List<String> lines, byte @Nullable [] details)
      throws InterruptedException {
    if (details == null) {
      return;
    }
    try {
      for (Any detail : com.google.rpc.Status.parseFrom(details).getDetailsList()) {
        lines.add("  detail: " + text(detail));
      }
    } catch (InvalidProtocolBufferException _) {
      lines.add("  detail: " + details.length + " bytes that are no google.rpc.Status");
    }
  }

  private String text(Any detail) throws InterruptedException {
    String name = detail.getTypeUrl().substring(detail.getTypeUrl().lastIndexOf('/') + 1);
    try {
      return JsonFormat.printer()
          .usingTypeRegistry(registry(name))
          .omittingInsignificantWhitespace()
          .print(detail);
    } catch (InvalidProtocolBufferException _) {
      return name + ", " + detail.getValue().size() + " bytes, of a type unknown here";
    }
  }

  private TypeRegistry registry(String name) throws InterruptedException {
    TypeRegistry.Builder registry =
        TypeRegistry.newBuilder().add(ErrorDetailsProto.getDescriptor().getMessageTypes());
    Descriptor told = name.startsWith("google.rpc.") ? null : types.message(name);
    if (told != null) {
      registry.add(told);
    }
    return registry.build();
  }
}

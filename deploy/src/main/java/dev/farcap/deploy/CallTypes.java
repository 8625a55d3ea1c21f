package dev.farcap.deploy;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.DescriptorValidationException;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Descriptors.ServiceDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.farcap.discovery.FileSet;
import dev.farcap.discovery.ReflectionClient;
import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/// Where the types of a call come from: reflection, or a file.
final class CallTypes {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Channel channel;
  private final @Nullable FileSet given;
  private final Map<String, FileDescriptor> linked = new HashMap<>();

  /// @param protoSet a serialised FileDescriptorSet, or null for reflection
  CallTypes(Channel channel, @Nullable Path protoSet) throws IOException {
    this.channel = channel;
    given = protoSet == null ? null : read(protoSet);
  }

  private static FileSet read(Path protoSet) throws IOException {
    try (InputStream input = InputFile.open(protoSet)) {
      FileSet files = FileSet.of(FileDescriptorSet.parseFrom(input).getFileList());
      if (!files.missing().isEmpty()) {
        throw failed(protoSet + " lacks " + files.missing() + ": make it with --include_imports");
      }
      return files;
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw failed(
          protoSet
              + " is no set of protobuf files, as protoc --descriptor_set_out makes: "
              + e.getMessage());
    }
  }

  private static CommandException failed(String message) {
    return new CommandException(ExitCode.FAILED, message);
  }

  // ---- what is looked for

  /// @throws CommandException saying why it cannot be described
  ServiceDescriptor service(String name) throws InterruptedException {
    try {
      FileSet files = files(name);
      FileDescriptorProto file = files.defining(name);
      ServiceDescriptor service =
          file == null ? null : link(file, files).findServiceByName(simple(name, file));
      if (service == null) {
        throw Status.NOT_FOUND.asRuntimeException();
      }
      return service;
    } catch (StatusRuntimeException e) {
      throw notDescribed(name, e);
    }
  }

  private CommandException notDescribed(String service, StatusRuntimeException e) {
    return switch (e.getStatus().getCode()) {
      case NOT_FOUND ->
          new CommandException(
              given == null ? ExitCode.REFUSED : ExitCode.FAILED,
              given == null
                  ? "there is no "
                      + service
                      + " here, or no rule and grant for it under this label; see 'farcap services'"
                  : "the proto set does not define " + service);
      case UNIMPLEMENTED ->
          failed("the server of " + service + " does not describe itself: give --proto-set FILE");
      default -> throw e;
    };
  }

  /// A message by its full name, or null if nothing is known of it.
  @Nullable Descriptor message(String name) throws InterruptedException {
    try {
      FileSet files = files(name);
      FileDescriptorProto file = files.defining(name);
      return file == null ? null : find(link(file, files), simple(name, file));
    } catch (StatusRuntimeException _) {
      return null;
    }
  }

  private static @Nullable Descriptor find(FileDescriptor file, String name) {
    int dot = name.indexOf('.');
    Descriptor found = file.findMessageTypeByName(dot < 0 ? name : name.substring(0, dot));
    for (String nested : dot < 0 ? new String[0] : name.substring(dot + 1).split("\\.")) {
      found = found == null ? null : found.findNestedTypeByName(nested);
    }
    return found;
  }

  private static String simple(String name, FileDescriptorProto file) {
    return file.getPackage().isEmpty() ? name : name.substring(file.getPackage().length() + 1);
  }

  private FileSet files(String symbol) throws InterruptedException {
    if (given != null) {
      return given;
    }
    try {
      return ReflectionClient.files(channel, symbol, PATIENCE).get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StatusRuntimeException status) {
        throw status;
      }
      throw new IllegalStateException(e);
    }
  }

  /// Everything known so far, for messages within messages.
  Iterable<FileDescriptor> known() {
    return linked.values();
  }

  // ---- descriptors of protobuf's own making

  private FileDescriptor link(FileDescriptorProto file, FileSet files) {
    FileDescriptor known = linked.get(file.getName());
    if (known != null && known.toProto().equals(file)) {
      return known;
    }
    List<FileDescriptor> imports = new ArrayList<>();
    for (String name : file.getDependencyList()) {
      FileDescriptorProto imported = files.file(name);
      if (imported != null && !imported.equals(file)) {
        imports.add(link(imported, files));
      }
    }
    try {
      FileDescriptor fresh =
          FileDescriptor.buildFrom(file, imports.toArray(new FileDescriptor[0]), true);
      linked.put(file.getName(), fresh);
      return fresh;
    } catch (DescriptorValidationException e) {
      throw failed(file.getName() + " is no good protobuf file: " + e.getMessage());
    }
  }
}

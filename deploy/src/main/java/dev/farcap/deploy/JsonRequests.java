package dev.farcap.deploy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Requests in JSON, one value after the other; read as they are asked for.
final class JsonRequests implements AutoCloseable {
  private final CallMethod callee;
  private final TypeRegistry registry;
  private final MappingIterator<JsonNode> values;
  private @Nullable DynamicMessage only;
  private int count;

  private JsonRequests(CallMethod callee, TypeRegistry registry, MappingIterator<JsonNode> values) {
    this.callee = callee;
    this.registry = registry;
    this.values = values;
  }

  /// @param request JSON, `@FILE`, `-` for stdin, or null for an empty message or, of a stream,
  ///   stdin
  static JsonRequests open(@Nullable String request, CallMethod callee, TypeRegistry registry)
      throws IOException {
    InputStream input =
        request == null
            ? usual(callee)
            : switch (request) {
              case "-" -> System.in;
              case String file when file.startsWith("@") ->
                  Files.newInputStream(Path.of(file.substring(1)));
              default -> text(request);
            };
    ObjectMapper json =
        new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);
    return new JsonRequests(callee, registry, json.readerFor(JsonNode.class).readValues(input));
  }

  private static InputStream usual(CallMethod callee) {
    return callee.descriptor().isClientStreaming() ? System.in : text("{}");
  }

  private static InputStream text(String json) {
    return new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8));
  }

  /// Reads the whole request of a method that takes one, so that a mistake costs no call.
  ///
  /// @throws CommandException if it is none, or more
  void checkOnlyOne() {
    if (callee.descriptor().isClientStreaming()) {
      return;
    }
    DynamicMessage first = read();
    if (first == null || read() != null) {
      throw usage(
          "%s takes one request, found %s"
              .formatted(callee.descriptor().getFullName(), first == null ? "none" : "more"));
    }
    only = first;
  }

  /// The next request, null after the last.
  ///
  /// @throws CommandException if it is not what the method takes
  @Nullable DynamicMessage next() {
    DynamicMessage present = only;
    only = null;
    boolean stream = callee.descriptor().isClientStreaming();
    return present == null && stream ? read() : present;
  }

  private @Nullable DynamicMessage read() {
    try {
      if (!values.hasNextValue()) {
        return null;
      }
      count++;
      DynamicMessage.Builder message =
          DynamicMessage.newBuilder(callee.descriptor().getInputType());
      JsonFormat.parser().usingTypeRegistry(registry).merge(values.nextValue().toString(), message);
      return message.build();
    } catch (JsonProcessingException e) {
      throw usage(
          "request %d is no JSON: line %d, column %d: %s"
              .formatted(
                  Math.max(count, 1),
                  e.getLocation().getLineNr(),
                  e.getLocation().getColumnNr(),
                  e.getOriginalMessage()));
    } catch (InvalidProtocolBufferException e) {
      throw usage(
          "request %d is no %s: %s"
              .formatted(count, callee.descriptor().getInputType().getFullName(), e.getMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static CommandException usage(String message) {
    return new CommandException(ExitCode.USAGE, message);
  }

  @Override
  public void close() throws IOException {
    values.close();
  }
}

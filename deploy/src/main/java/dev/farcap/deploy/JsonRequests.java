package dev.farcap.deploy;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Requests in JSON, one value after the other; read as they are asked for.
final class JsonRequests implements AutoCloseable {
  private static final String HINT = "Use JsonReader.setStrictness(Strictness.LENIENT) to accept ";

  private final CallMethod callee;
  private final TypeRegistry registry;
  private final JsonReader values;
  private @Nullable DynamicMessage only;
  private int count;

  private JsonRequests(CallMethod callee, TypeRegistry registry, JsonReader values) {
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
                  InputFile.open(Path.of(file.substring(1)));
              default -> text(request);
            };
    // A decoder that reports bytes which are no UTF-8, where a charset would replace them.
    Reader characters = new InputStreamReader(input, StandardCharsets.UTF_8.newDecoder());
    return new JsonRequests(callee, registry, new JsonReader(characters));
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
    JsonElement value = value();
    if (value == null) {
      return null;
    }
    DynamicMessage.Builder message = DynamicMessage.newBuilder(callee.descriptor().getInputType());
    try {
      JsonFormat.parser().usingTypeRegistry(registry).merge(value.toString(), message);
    } catch (InvalidProtocolBufferException e) {
      throw usage(
          "request %d is no %s: %s"
              .formatted(count, callee.descriptor().getInputType().getFullName(), e.getMessage()));
    }
    return message.build();
  }

  private @Nullable JsonElement value() {
    try {
      if (isAtEnd()) {
        return null;
      }
      values.setStrictness(Strictness.STRICT);
      JsonElement value = JsonParser.parseReader(values);
      count++;
      return value;
    } catch (JsonParseException | IOException e) {
      throw usage("request %d is no JSON: %s".formatted(count + 1, why(e)));
    }
  }

  private static String why(Exception e) {
    Throwable cause = e.getCause() instanceof IOException io ? io : e;
    if (cause instanceof CharacterCodingException) {
      return "some of its bytes are no UTF-8";
    }
    // Behind the first line it says where to read about the parser, and before it how to change
    // that.
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("").replace(HINT, "");
  }

  /// Only a lenient reader goes on behind a value.
  private boolean isAtEnd() throws IOException {
    values.setStrictness(Strictness.LENIENT);
    try {
      return values.peek() == JsonToken.END_DOCUMENT;
    } catch (EOFException _) {
      return true;
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

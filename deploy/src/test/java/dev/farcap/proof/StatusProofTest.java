package dev.farcap.proof;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// How a server ends a call is what the program sees, byte for byte: as if it were connected to the
/// server itself, which it is, too, and both are compared.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(60)
class StatusProofTest {
  private static final byte[] NOISE = {0, 1, (byte) 0xff, (byte) 0x80, 10, 13};
  private static final String NO_DESCRIPTION = "(none)";

  private static final List<String> DESCRIPTIONS =
      List.of(
          NO_DESCRIPTION,
          "",
          "plain",
          "Käse 漢字 \uD83E\uDDC0",
          "100% \r\n\t \u0001\u007f %41",
          " spaces at the ends ",
          "long ".repeat(400));

  /// What comes before the end.
  enum Before {
    NOTHING,
    HEADERS,
    A_MESSAGE
  }

  private Backend backend;
  private ProcessPair pair;
  private Program direct;
  private Program through;

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    backend = Backend.at(folder.resolve("backend.sock"));
    pair = ProcessPair.withBackend(folder, backend.socket()).start();
    direct = Program.at(backend.socket());
    through = Program.at(pair.socket());
  }

  @AfterAll
  void close() {
    through.close();
    direct.close();
    pair.close();
    backend.close();
  }

  static Stream<Arguments> endings() {
    return Stream.of(Status.Code.values())
        .flatMap(
            code ->
                Stream.of(Before.values())
                    .flatMap(
                        before ->
                            Stream.of(MethodType.UNARY, MethodType.SERVER_STREAMING)
                                .filter(type -> isAnEnd(code, before, type))
                                .map(type -> Arguments.of(code, before, type))));
  }

  /// gRPC's servers do not let a unary call succeed without its message.
  private static boolean isAnEnd(Status.Code code, Before before, MethodType type) {
    return code != Status.Code.OK || before == Before.A_MESSAGE || type != MethodType.UNARY;
  }

  @ParameterizedTest(name = "{0} after {1} of {2}")
  @MethodSource("endings")
  void theEndOfACallArrivesAsItWasSent(Status.Code code, Before before, MethodType type)
      throws Exception {
    for (String description : DESCRIPTIONS) {
      Status status =
          description.equals(NO_DESCRIPTION)
              ? code.toStatus()
              : code.toStatus().withDescription(description);
      backend.serve((call, _) -> new Ending(call, before, status));

      Seen expected = Seen.of(direct.channel(), type);
      Seen seen = Seen.of(through.channel(), type);

      assertEquals(expected, seen, () -> "described as '" + description + "'");
    }
  }

  /// Ends its call as it is told, once the request is there.
  private static final class Ending extends ServerCall.Listener<byte[]> {
    private final ServerCall<byte[], byte[]> call;
    private final Before before;
    private final Status status;

    Ending(ServerCall<byte[], byte[]> call, Before before, Status status) {
      this.call = call;
      this.before = before;
      this.status = status;
      call.request(2);
    }

    @Override
    public void onHalfClose() {
      if (before != Before.NOTHING) {
        call.sendHeaders(marked("header"));
      }
      if (before == Before.A_MESSAGE) {
        call.sendMessage(NOISE);
      }
      Metadata trailers = marked("trailer");
      trailers.put(binary("grpc-status-details-bin"), NOISE);
      trailers.put(binary("acme-error-bin"), "Käse".getBytes(UTF_8));
      call.close(status, trailers);
    }

    private static Metadata marked(String where) {
      Metadata metadata = new Metadata();
      metadata.put(ascii("x-where"), where);
      metadata.put(ascii("x-text"), "one");
      metadata.put(binary("x-data-bin"), NOISE);
      metadata.put(ascii("x-text"), "two, three");
      metadata.put(binary("x-data-bin"), new byte[0]);
      metadata.put(ascii("x-text"), "one");
      metadata.put(binary("x-data-bin"), new byte[300]);
      return metadata;
    }
  }

  /// All that a program sees of a call.
  ///
  /// @param description empty for none: only gRPC for Java tells the two apart
  /// @param headers null where the call had none but ended at once
  private record Seen(
      Status.Code code,
      String description,
      @Nullable Map<String, List<String>> headers,
      List<String> messages,
      Map<String, List<String>> trailers) {
    static Seen of(Channel channel, MethodType type) throws Exception {
      Exchange exchange =
          Exchange.start(channel.newCall(Kinds.method(type), CallOptions.DEFAULT), new Metadata())
              .send(NOISE, 1)
              .halfClose();
      Status status = exchange.status();
      return new Seen(
          status.getCode(),
          Objects.requireNonNullElse(status.getDescription(), ""),
          exchange.headers.isDone() ? all(exchange.headers.get()) : null,
          exchange.replies.stream().map(HexFormat.of()::formatHex).toList(),
          all(exchange.trailers()));
    }

    /// Every key with its values in order; of text the bytes as well.
    private static Map<String, List<String>> all(Metadata metadata) {
      Map<String, List<String>> all = new TreeMap<>();
      for (String key : metadata.keys()) {
        List<String> values = new ArrayList<>();
        if (key.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
          Objects.requireNonNull(metadata.getAll(binary(key)))
              .forEach(value -> values.add(HexFormat.of().formatHex(value)));
        } else {
          Objects.requireNonNull(metadata.getAll(ascii(key))).forEach(values::add);
        }
        all.put(key, values);
      }
      return all;
    }
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }
}

package dev.farcap.link;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.Marshaller;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// What goes into a call comes out of it, whatever it is.
class MarshallingPropertiesTest {
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

  // ---- messages

  /// What kind of stream a marshaller may hand out.
  enum Kind {
    PLAIN,
    KNOWN_LENGTH,
    DRAINABLE
  }

  @Property(tries = 300)
  void messageOfAnyMarshallerCrosses(@ForAll("messages") byte[] message, @ForAll Kind kind) {
    Marshaller<byte[]> marshaller = new Bytes(kind);

    ByteBuf encoded = MessageCodec.encode(marshaller, message, allocator);

    assertEquals(message.length, encoded.readableBytes());
    assertArrayEquals(message, MessageCodec.decode(marshaller, encoded));
    assertEquals(0, allocator.metric().usedDirectMemory());
  }

  @Property(tries = 300)
  void relayedMessageIsReadInAnySteps(
      @ForAll("messages") byte[] message, @ForAll @IntRange(min = 1, max = 40_000) int step)
      throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();

    try (InputStream stream = BufferMarshaller.INSTANCE.stream(buffer(message))) {
      byte[] part = new byte[step];
      for (int bytes; (bytes = stream.read(part)) > 0; ) {
        read.write(part, 0, bytes);
      }
    }

    assertArrayEquals(message, read.toByteArray());
    assertEquals(0, allocator.metric().usedDirectMemory());
  }

  @Property(tries = 300)
  void relayedMessageIsTakenFromAnyStream(@ForAll("messages") byte[] message, @ForAll Kind kind) {
    ByteBuf taken = BufferMarshaller.INSTANCE.parse(stream(kind, message));

    assertArrayEquals(message, ByteBufUtil.getBytes(taken));
    taken.release();
  }

  private ByteBuf buffer(byte[] message) {
    return allocator.directBuffer(Math.max(1, message.length)).writeBytes(message);
  }

  @Provide
  Arbitrary<byte[]> messages() {
    return Arbitraries.oneOf(
        Arbitraries.bytes().array(byte[].class).ofMaxSize(600),
        Arbitraries.of(16_383, 16_384, 16_385, 40_000).map(byte[]::new));
  }

  private record Bytes(Kind kind) implements Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      return MarshallingPropertiesTest.stream(kind, message);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  private static InputStream stream(Kind kind, byte[] message) {
    return switch (kind) {
      case PLAIN -> new ByteArrayInputStream(message);
      case KNOWN_LENGTH -> new Known(message);
      case DRAINABLE -> new Draining(message);
    };
  }

  private static final class Known extends ByteArrayInputStream implements KnownLength {
    Known(byte[] message) {
      super(message);
    }
  }

  private static final class Draining extends ByteArrayInputStream implements Drainable {
    Draining(byte[] message) {
      super(message);
    }

    @Override
    public int drainTo(OutputStream target) throws IOException {
      return (int) transferTo(target);
    }
  }

  // ---- metadata

  /// One header. Those of a name that ends with `-bin` have any bytes.
  @SuppressWarnings("ArrayRecordComponent") // taken apart, never compared
  record Header(String name, byte[] value) {
    boolean isBinary() {
      return name.endsWith(Metadata.BINARY_HEADER_SUFFIX);
    }
  }

  @Property(tries = 300)
  void metadataCrossesInOrder(@ForAll("headers") List<Header> headers) {
    Metadata metadata = new Metadata();
    headers.forEach(header -> put(metadata, header));

    Metadata crossed = WireMetadata.metadata(WireMetadata.parts(metadata));

    assertEquals(values(metadata), values(crossed));
    assertEquals(headers.size(), WireMetadata.parts(crossed).length / 2);
  }

  private static void put(Metadata metadata, Header header) {
    if (header.isBinary()) {
      metadata.put(binary(header.name()), header.value());
    } else {
      metadata.put(ascii(header.name()), printable(header.value()));
    }
  }

  private static String printable(byte[] value) {
    return HexFormat.of().formatHex(value);
  }

  private static Map<String, List<String>> values(Metadata metadata) {
    Map<String, List<String>> values = new TreeMap<>();
    for (String name : metadata.keys()) {
      List<String> some = new ArrayList<>();
      if (name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
        requireNonNull(metadata.getAll(binary(name))).forEach(value -> some.add(printable(value)));
      } else {
        requireNonNull(metadata.getAll(ascii(name))).forEach(some::add);
      }
      values.put(name, some);
    }
    return values;
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static Metadata.Key<byte[]> binary(String name) {
    return Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER);
  }

  @Provide
  Arbitrary<List<Header>> headers() {
    return Combinators.combine(
            Arbitraries.of("a", "b", "trace", "a-bin", "b-bin"),
            Arbitraries.bytes().array(byte[].class).ofMaxSize(20))
        .as(Header::new)
        .list()
        .ofMaxSize(10);
  }
}

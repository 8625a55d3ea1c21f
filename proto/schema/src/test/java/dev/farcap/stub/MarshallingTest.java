package dev.farcap.stub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.Timestamp;
import dev.farcap.stubs.lamp.Light;
import dev.farcap.stubs.old.OldStyleOuterClass.OldStyle;
import dev.farcap.stubs.scalars.IntsMessage;
import dev.farcap.stubs.scalars.LongsMessage;
import dev.farcap.stubs.scalars.OthersMessage;
import dev.farcap.stubs.scalars.ScalarsSession;
import dev.farcap.stubs.shapes.ChoiceMessage;
import dev.farcap.stubs.shapes.Colour;
import dev.farcap.stubs.shapes.EnumsMessage;
import dev.farcap.stubs.shapes.LargeMessage;
import dev.farcap.stubs.shapes.MapsMessage;
import dev.farcap.stubs.shapes.OptionalMessage;
import dev.farcap.stubs.shapes.Outer;
import dev.farcap.stubs.shapes.RepeatedMessage;
import dev.farcap.stubs.shapes.ShapesSession;
import dev.farcap.stubs.shapes.Tree;
import dev.farcap.stubs.shapes.WellKnownMessage;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import net.jqwik.api.lifecycle.AfterContainer;

/// Whatever a schema may have comes out of the server half as it went into the client half, and
/// back again. Over a socket: gRPC's in-process transport would hand the messages over.
final class MarshallingTest {
  private static final int TRIES = 200;

  private static final Server SERVER = serve();
  private static final ManagedChannel CHANNEL =
      NettyChannelBuilder.forAddress(SERVER.getListenSockets().getFirst()).usePlaintext().build();

  private final ScalarsSession scalars = ScalarsSession.client(CHANNEL);
  private final ShapesSession shapes = ShapesSession.client(CHANNEL);

  private static Server serve() {
    try {
      return NettyServerBuilder.forAddress(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
          .addService(ScalarsSession.server(new EchoScalars()))
          .addService(ShapesSession.server(new EchoShapes()))
          .build()
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterContainer
  static void stop() {
    CHANNEL.shutdownNow();
    SERVER.shutdownNow();
  }

  // ---- scalars

  @Property(tries = TRIES)
  void intsOfEverySign(
      @ForAll int signed,
      @ForAll int unsigned,
      @ForAll int zigzag,
      @ForAll int fixed,
      @ForAll int sfixed) {
    IntsMessage reply = scalars.ints(signed, unsigned, zigzag, fixed, sfixed);

    assertEquals(List.of(signed, unsigned, zigzag, fixed, sfixed), values(reply));
    assertEquals(signed, scalars.int32(signed));
  }

  /// What its fields hold, in the order of the schema.
  private static List<Object> values(Message message) {
    return message.getDescriptorForType().getFields().stream().map(message::getField).toList();
  }

  @Property(tries = TRIES)
  void longsOfEverySign(
      @ForAll long signed,
      @ForAll long unsigned,
      @ForAll long zigzag,
      @ForAll long fixed,
      @ForAll long sfixed) {
    LongsMessage reply = scalars.longs(signed, unsigned, zigzag, fixed, sfixed);

    assertEquals(List.of(signed, unsigned, zigzag, fixed, sfixed), values(reply));
    assertEquals(unsigned, scalars.uint64(unsigned));
    assertEquals(signed, scalars.wrapped(Long.toString(signed)));
  }

  @Property(tries = TRIES)
  void otherScalars(
      @ForAll float single,
      @ForAll double twice,
      @ForAll boolean bool,
      @ForAll @StringLength(max = 100) String text,
      @ForAll @Size(max = 100) byte[] bytes) {
    // What is no text, such as half a surrogate, no encoding of text can carry.
    String string = ByteString.copyFromUtf8(text).toStringUtf8();

    OthersMessage reply = scalars.others(single, twice, bool, string, ByteString.copyFrom(bytes));

    assertEquals(single, reply.getFloat());
    assertEquals(twice, reply.getDouble());
    assertEquals(bool, reply.getBool());
    assertEquals(string, reply.getString());
    assertEquals(ByteString.copyFrom(bytes), scalars.bytes(reply.getBytes()));
  }

  @Example
  void floatsThatAreNoNumbers() {
    for (double each :
        new double[] {Double.NaN, Double.NEGATIVE_INFINITY, -0.0, Double.MIN_VALUE}) {
      assertEquals(OptionalDouble.of(each), optional(shapes.maybe(Optional.of(each))));
    }
  }

  private static OptionalDouble optional(Optional<Double> value) {
    return value.isPresent() ? OptionalDouble.of(value.get()) : OptionalDouble.empty();
  }

  // ---- shapes

  private static Outer.Inner inner(int number) {
    return Outer.Inner.newBuilder()
        .setNumber(number)
        .setDeep(Outer.Inner.Deep.newBuilder().setThere(true))
        .build();
  }

  @Property(tries = TRIES)
  void listsAndMaps(
      @ForAll @Size(max = 20) List<Long> numbers,
      @ForAll @Size(max = 20) List<Boolean> flags,
      @ForAll @Size(max = 20) Map<Integer, Integer> pairs) {
    RepeatedMessage lists =
        shapes.repeated(
            numbers,
            numbers.stream().map(String::valueOf).toList(),
            flags.stream().map(_ -> inner(flags.size())).toList(),
            flags);
    Map<Integer, ByteString> values =
        pairs.entrySet().stream()
            .collect(
                Collectors.toMap(
                    Map.Entry::getKey, e -> ByteString.copyFromUtf8(e.getValue().toString())));

    assertEquals(numbers, lists.getNumbersList());
    assertEquals(flags, lists.getFlagsList());
    assertEquals(numbers.size(), lists.getTextsCount());
    assertEquals(flags.size(), lists.getMessagesCount());
    assertEquals(values, shapes.oneMap(values));
  }

  @Property(tries = TRIES)
  void whatIsUnsetStaysUnset(
      @ForAll Optional<Integer> number,
      @ForAll Optional<Double> real,
      @ForAll boolean there,
      @ForAll int plain) {
    Optional<String> text = number.map(_ -> "");
    Optional<Colour> colour = number.map(_ -> Colour.NONE);
    Optional<Outer.Inner> message = there ? Optional.of(inner(plain)) : Optional.empty();

    OptionalMessage reply = shapes.optional(number, text, colour, message, plain);

    assertEquals(number.isPresent(), reply.hasNumber());
    assertEquals(number.orElse(0), reply.getNumber());
    assertEquals(text.isPresent(), reply.hasText());
    assertEquals(colour.isPresent(), reply.hasColour());
    assertEquals(there, reply.hasMessage());
    assertEquals(plain, reply.getPlain());
    assertEquals(real, shapes.maybe(real));
  }

  @Example
  void enumsMapsOfThemAndMessages() {
    Map<Long, Colour> colours = Map.of(Long.MIN_VALUE, Colour.RED, -1L, Colour.NONE);
    Map<Boolean, Outer.Inner> messages = Map.of(true, inner(1), false, inner(2));

    EnumsMessage enums = shapes.enums(Colour.RED, List.of(Colour.NONE, Colour.RED));
    MapsMessage maps = shapes.maps(Map.of("", 1), colours, messages);

    assertEquals(Colour.RED, enums.getOne());
    assertEquals(List.of(Colour.NONE, Colour.RED), enums.getManyList());
    assertEquals(Colour.RED, shapes.oneEnum(Colour.RED));
    assertEquals(Map.of("", 1), maps.getNumbersMap());
    assertEquals(colours, maps.getColoursMap());
    assertEquals(messages, maps.getMessagesMap());
  }

  @Example
  void messagesInMessages() {
    ChoiceMessage choice = ChoiceMessage.newBuilder().setText("").build();
    LargeMessage large = LargeMessage.newBuilder().setF(-1).build();
    List<Tree> trees = List.of(Tree.newBuilder().addChildren(Tree.getDefaultInstance()).build());

    assertEquals(choice, shapes.choose(choice));
    assertEquals(large, shapes.large(large));
    assertEquals(trees, shapes.recursive(trees));
    assertEquals(inner(7), shapes.nested(7, inner(0).getDeep()));
  }

  @Example
  void wellKnownAndImportedTypes() {
    Timestamp at = Timestamp.newBuilder().setSeconds(-1).setNanos(999_999_999).build();
    Duration after = Duration.newBuilder().setSeconds(1).build();
    FieldMask mask = FieldMask.newBuilder().addPaths("a.b").build();

    WellKnownMessage reply = shapes.wellKnown(at, after, mask);

    assertEquals(
        List.of(at, after, mask), List.of(reply.getAt(), reply.getAfter(), reply.getMask()));
    assertTrue(shapes.at(at).getFieldsOrThrow("given").getBoolValue());
    assertEquals(Map.of("hall", Light.newBuilder().setLevel(-1).build()), shapes.imported(-1));
    assertEquals(
        Optional.of(3),
        shapes.oldStyle(3, Optional.of(""), Optional.of(OldStyle.getDefaultInstance())));
    assertEquals(Optional.empty(), shapes.oldStyle(3, Optional.empty(), Optional.empty()));
  }

  @Example
  void failuresOfEveryType() throws Exception {
    assertEquals(2, shapes.enumFailure(List.of("a", "b")));
    assertEquals(
        Colour.RED,
        assertThrows(ShapesSession.ColourException.class, () -> shapes.enumFailure(List.of()))
            .error());
    assertEquals("a", shapes.textFailure(List.of("a")));
    assertEquals(
        "",
        assertThrows(ShapesSession.TextException.class, () -> shapes.textFailure(List.of()))
            .error());
  }
}

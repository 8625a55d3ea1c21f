package dev.farcap.stub;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Struct;
import com.google.protobuf.Timestamp;
import com.google.protobuf.Value;
import dev.farcap.stubs.lamp.Light;
import dev.farcap.stubs.old.OldStyleOuterClass.OldStyle;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Answers what it was asked; fails for want of names.
final class EchoShapes implements ShapesSession {
  @Override
  public EnumsMessage enums(Colour one, List<Colour> many) {
    return EnumsMessage.newBuilder().setOne(one).addAllMany(many).build();
  }

  @Override
  public Colour oneEnum(Colour colour) {
    return colour;
  }

  @Override
  public MapsMessage maps(
      Map<String, Integer> numbers, Map<Long, Colour> colours, Map<Boolean, Outer.Inner> messages) {
    return MapsMessage.newBuilder()
        .putAllNumbers(numbers)
        .putAllColours(colours)
        .putAllMessages(messages)
        .build();
  }

  @Override
  public Map<Integer, ByteString> oneMap(Map<Integer, ByteString> values) {
    return values;
  }

  @Override
  public ChoiceMessage choose(ChoiceMessage choice) {
    return choice;
  }

  @Override
  public Outer.Inner nested(int number, Outer.Inner.Deep deep) {
    return Outer.Inner.newBuilder().setNumber(number).setDeep(deep).build();
  }

  @Override
  public RepeatedMessage repeated(
      List<Long> numbers, List<String> texts, List<Outer.Inner> messages, List<Boolean> flags) {
    return RepeatedMessage.newBuilder()
        .addAllNumbers(numbers)
        .addAllTexts(texts)
        .addAllMessages(messages)
        .addAllFlags(flags)
        .build();
  }

  @Override
  public List<String> names(List<String> names) {
    return names;
  }

  @Override
  public OptionalMessage optional(
      Optional<Integer> number,
      Optional<String> text,
      Optional<Colour> colour,
      Optional<Outer.Inner> message,
      int plain) {
    OptionalMessage.Builder reply = OptionalMessage.newBuilder().setPlain(plain);
    number.ifPresent(reply::setNumber);
    text.ifPresent(reply::setText);
    colour.ifPresent(reply::setColour);
    message.ifPresent(reply::setMessage);
    return reply.build();
  }

  @Override
  public Optional<Double> maybe(Optional<Double> number) {
    return number;
  }

  @Override
  public WellKnownMessage wellKnown(Timestamp at, Duration after, FieldMask mask) {
    return WellKnownMessage.newBuilder().setAt(at).setAfter(after).setMask(mask).build();
  }

  @Override
  public Struct at(Timestamp at) {
    boolean given = !at.equals(Timestamp.getDefaultInstance());
    return Struct.newBuilder()
        .putFields("given", Value.newBuilder().setBoolValue(given).build())
        .build();
  }

  @Override
  public Map<String, Light> imported(int level) {
    return Map.of("hall", Light.newBuilder().setLevel(level).build());
  }

  @Override
  public Optional<Integer> oldStyle(int number, Optional<String> text, Optional<OldStyle> style) {
    return text.isPresent() && style.isPresent() ? Optional.of(number) : Optional.empty();
  }

  @Override
  public LargeMessage large(LargeMessage large) {
    return large;
  }

  @Override
  public List<Tree> recursive(List<Tree> children) {
    return children;
  }

  @Override
  public int enumFailure(List<String> names) throws ColourException {
    if (names.isEmpty()) {
      throw new ColourException(Colour.RED);
    }
    return names.size();
  }

  @Override
  public String textFailure(List<String> names) throws TextException {
    if (names.isEmpty()) {
      throw new TextException("");
    }
    return names.getFirst();
  }
}

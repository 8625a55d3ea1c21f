package dev.farcap.capability;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Reads protobuf so that one meaning has one spelling: no unknown field at any depth, and the
/// bytes are those that writing the message again gives.
final class StrictProto {
  /// No message of ours nests deeper than three; unknown groups might.
  private static final int RECURSION_MAX = 8;

  /// The last instant with a four-digit year: whatever prints a time can print this.
  private static final long TIME_MS_MAX = 253_402_300_799_999L;

  private StrictProto() {}

  /// The message in these bytes.
  ///
  /// @throws MalformedException with PARSE, UNKNOWN_FIELD or NONCANONICAL
  static <M extends Message> M parse(Parser<M> parser, byte[] bytes) throws MalformedException {
    M message = read(parser, bytes);
    if (hasUnknownField(message)) {
      throw new MalformedException(
          Reason.UNKNOWN_FIELD, name(message) + " has a field this version does not know");
    }
    if (!Arrays.equals(message.toByteArray(), bytes)) {
      throw new MalformedException(
          Reason.NONCANONICAL, name(message) + " is not in canonical encoding");
    }
    return message;
  }

  private static <M extends Message> M read(Parser<M> parser, byte[] bytes)
      throws MalformedException {
    try {
      CodedInputStream input = CodedInputStream.newInstance(bytes);
      input.setRecursionLimit(RECURSION_MAX);
      M message = parser.parseFrom(input);
      input.checkLastTagWas(0);
      return message;
    } catch (IOException e) {
      throw new MalformedException(Reason.PARSE, "no such message: " + e.getMessage());
    }
  }

  private static boolean hasUnknownField(Message message) {
    return !message.getUnknownFields().asMap().isEmpty()
        || message.getAllFields().entrySet().stream()
            .filter(field -> field.getKey().getJavaType() == FieldDescriptor.JavaType.MESSAGE)
            .flatMap(
                field ->
                    field.getKey().isRepeated() ? list(field.getValue()) : one(field.getValue()))
            .anyMatch(StrictProto::hasUnknownField);
  }

  private static Stream<Message> list(Object value) {
    return ((List<?>) value).stream().map(Message.class::cast);
  }

  private static Stream<Message> one(Object value) {
    return Stream.of((Message) value);
  }

  private static String name(Message message) {
    return message.getDescriptorForType().getName();
  }

  /// The bytes of a field of fixed length.
  ///
  /// @throws MalformedException with FIELD if there are more or fewer
  static byte[] fixed(String field, ByteString value, int length) throws MalformedException {
    if (value.size() != length) {
      throw new MalformedException(
          Reason.FIELD, field + " is " + value.size() + " bytes, expected " + length);
    }
    return value.toByteArray();
  }

  /// The instant of a field in milliseconds.
  ///
  /// @throws MalformedException with FIELD if it is missing or beyond the year 9999
  static Instant instant(String field, long ms) throws MalformedException {
    if (ms <= 0 || ms > TIME_MS_MAX) {
      throw new MalformedException(
          Reason.FIELD,
          field + " is " + Long.toUnsignedString(ms) + " ms, expected 1.." + TIME_MS_MAX);
    }
    return Instant.ofEpochMilli(ms);
  }

  /// Turns the refusal of a value's constructor into one of the message.
  static <T> T checked(Reason reason, Supplier<T> value) throws MalformedException {
    try {
      return value.get();
    } catch (IllegalArgumentException e) {
      throw new MalformedException(reason, String.valueOf(e.getMessage()));
    }
  }
}

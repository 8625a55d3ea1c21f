package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnknownFieldSet;
import dev.farcap.capability.wire.Flags;
import dev.farcap.capability.wire.Grant;
import dev.farcap.capability.wire.LabelMatch;
import dev.farcap.capability.wire.Methods;
import dev.farcap.capability.wire.Object;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A token has one spelling. Payloads here are signed by the right key: only their encoding is
/// wrong.
class EncodingTest {
  private static final TestRealm REALM = new TestRealm("home");
  private static final byte[] PAYLOAD = GrantCodec.encode(REALM.grant());
  private static final byte[] TOKEN = REALM.signed(PAYLOAD);
  private static final UnknownFieldSet UNKNOWN =
      UnknownFieldSet.newBuilder()
          .addField(99, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
          .build();

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      joined.writeBytes(part);
    }
    return joined.toByteArray();
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  /// The message cut into its fields, tag included.
  private static List<byte[]> fields(byte[] message) {
    try {
      List<byte[]> fields = new ArrayList<>();
      CodedInputStream input = CodedInputStream.newInstance(message);
      while (!input.isAtEnd()) {
        int from = input.getTotalBytesRead();
        input.skipField(input.readTag());
        fields.add(Arrays.copyOfRange(message, from, input.getTotalBytesRead()));
      }
      return fields;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// The payload with its fields changed.
  private static byte[] payload(Consumer<List<byte[]>> change) {
    List<byte[]> fields = fields(PAYLOAD);
    change.accept(fields);
    return join(fields.toArray(byte[][]::new));
  }

  private static byte[] nested(int levels) {
    byte[] open = new byte[levels * 2];
    byte[] close = new byte[levels * 2];
    for (int i = 0; i < levels * 2; i += 2) {
      // Field 17 (unknown), start and end of a group.
      System.arraycopy(hex("8b01"), 0, open, i, 2);
      System.arraycopy(hex("8c01"), 0, close, i, 2);
    }
    return join(open, close);
  }

  static Stream<Arguments> wrongPayloads() {
    // depth = 0, written as it should be; then with one byte too many.
    byte[] depth = hex("60 00");
    byte[] longDepth = hex("60 80 00");
    return Stream.of(
        Arguments.of("a field twice", payload(f -> f.add(1, f.get(0))), Reason.NONCANONICAL),
        Arguments.of("a field twice, apart", payload(f -> f.add(f.get(0))), Reason.NONCANONICAL),
        Arguments.of(
            "two fields swapped", payload(f -> Collections.swap(f, 1, 2)), Reason.NONCANONICAL),
        Arguments.of(
            "first field last", payload(f -> Collections.rotate(f, -1)), Reason.NONCANONICAL),
        Arguments.of(
            "unknown field at its place", join(PAYLOAD, hex("98 06 01")), Reason.UNKNOWN_FIELD),
        Arguments.of("unknown field first", join(hex("98 06 01"), PAYLOAD), Reason.UNKNOWN_FIELD),
        Arguments.of("unknown field in a nested message", nestedUnknown(), Reason.UNKNOWN_FIELD),
        Arguments.of(
            "known field of another wire type", join(hex("08 01"), PAYLOAD), Reason.UNKNOWN_FIELD),
        Arguments.of("long varint", replace(depth, longDepth), Reason.NONCANONICAL),
        Arguments.of(
            "varint beyond 32 bits", replace(depth, hex("60 80 80 80 80 10")), Reason.NONCANONICAL),
        Arguments.of(
            "long tag",
            join(hex("8a 00"), Arrays.copyOfRange(PAYLOAD, 1, PAYLOAD.length)),
            Reason.NONCANONICAL),
        Arguments.of("long length", longLength(), Reason.NONCANONICAL),
        Arguments.of(
            "explicit default",
            payload(f -> f.set(f.size() - 1, hex("7a 04 08 00 10 01"))),
            Reason.NONCANONICAL),
        Arguments.of(
            "empty bytes written", payload(f -> f.add(3, hex("22 00"))), Reason.NONCANONICAL),
        Arguments.of(
            "true written as 2",
            payload(f -> f.set(f.size() - 1, hex("7a 02 10 02"))),
            Reason.NONCANONICAL),
        Arguments.of("invalid UTF-8", payload(f -> f.set(0, hex("0a 02 c3 28"))), Reason.PARSE),
        Arguments.of("overlong UTF-8", payload(f -> f.set(0, hex("0a 02 c0 80"))), Reason.PARSE),
        Arguments.of(
            "UTF-8 of a surrogate", payload(f -> f.set(0, hex("0a 03 ed a0 80"))), Reason.PARSE),
        Arguments.of("200 nested groups", join(PAYLOAD, nested(200)), Reason.PARSE),
        Arguments.of("group that never ends", join(PAYLOAD, hex("8b 01")), Reason.PARSE),
        Arguments.of("group that never began", join(PAYLOAD, hex("8c 01")), Reason.PARSE),
        Arguments.of("field number 0", join(PAYLOAD, hex("00")), Reason.PARSE),
        Arguments.of("cut by one byte", Arrays.copyOf(PAYLOAD, PAYLOAD.length - 1), Reason.PARSE),
        Arguments.of("length beyond the end", join(PAYLOAD, hex("82 01 7f")), Reason.PARSE),
        Arguments.of("negative length", join(PAYLOAD, hex("82 01 ff ff ff ff 0f")), Reason.PARSE),
        Arguments.of(
            "varint of 11 bytes",
            join(PAYLOAD, hex("80 01 80 80 80 80 80 80 80 80 80 80 01")),
            Reason.PARSE),
        Arguments.of("empty", new byte[0], Reason.FIELD));
  }

  private static byte[] nestedUnknown() {
    Grant.Builder grant = REALM.message().toBuilder();
    grant.getLabelBuilder().setUnknownFields(UNKNOWN);
    return grant.build().toByteArray();
  }

  private static byte[] replace(byte[] field, byte[] other) {
    return payload(f -> f.replaceAll(each -> Arrays.equals(each, field) ? other : each));
  }

  private static byte[] longLength() {
    byte[] realm = fields(PAYLOAD).getFirst();
    byte[] text = Arrays.copyOfRange(realm, 2, realm.length);
    return payload(
        f -> f.set(0, join(hex("0a"), new byte[] {(byte) (0x80 | text.length), 0}, text)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongPayloads")
  void wrongEncodingOfAGrantIsRefused(String name, byte[] payload, Reason reason) {
    assertEquals(reason, reason(REALM.verify(REALM.signed(payload))), name);
  }

  static Stream<Arguments> wrongTokens() {
    byte[] block = fields(TOKEN).getLast();
    byte[] format = hex("08 01");
    return Stream.of(
        Arguments.of("nothing", new byte[0], Reason.FIELD),
        Arguments.of("no block", format, Reason.FIELD),
        Arguments.of("no format", block, Reason.FIELD),
        Arguments.of("format 2", join(hex("08 02"), block), Reason.FIELD),
        Arguments.of("format 4294967295", join(hex("08 ff ff ff ff 0f"), block), Reason.FIELD),
        Arguments.of("trailing zero", join(TOKEN, new byte[1]), Reason.PARSE),
        Arguments.of("trailing field", join(TOKEN, hex("98 06 01")), Reason.UNKNOWN_FIELD),
        Arguments.of("two tokens, one after the other", join(TOKEN, TOKEN), Reason.NONCANONICAL),
        Arguments.of("blocks before format", join(block, format), Reason.NONCANONICAL),
        Arguments.of("200 nested groups", join(TOKEN, nested(200)), Reason.PARSE),
        Arguments.of("unknown field in the block", unknownInBlock(), Reason.UNKNOWN_FIELD),
        Arguments.of("empty block", join(format, hex("12 00")), Reason.FIELD),
        Arguments.of("two blocks", join(format, block, block), Reason.DEPTH),
        Arguments.of("eight blocks", blocks(format, block, 8), Reason.DEPTH),
        Arguments.of("nine blocks", blocks(format, block, 9), Reason.DEPTH),
        Arguments.of(
            "second block malformed", join(format, block, hex("12 02 0a 00")), Reason.NONCANONICAL),
        Arguments.of("8 KiB", new byte[Token.BYTES_MAX], Reason.PARSE),
        Arguments.of("8 KiB and a byte", new byte[Token.BYTES_MAX + 1], Reason.SIZE),
        Arguments.of(
            "genuine, grown beyond 8 KiB", join(TOKEN, new byte[Token.BYTES_MAX]), Reason.SIZE));
  }

  private static byte[] unknownInBlock() {
    try {
      var token = dev.farcap.capability.wire.Token.parseFrom(TOKEN).toBuilder();
      token.getBlocksBuilder(0).setUnknownFields(UNKNOWN);
      return token.build().toByteArray();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static byte[] blocks(byte[] format, byte[] block, int count) {
    return join(format, join(Collections.nCopies(count, block).toArray(byte[][]::new)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongTokens")
  void wrongEncodingOfATokenIsRefused(String name, byte[] token, Reason reason) {
    assertEquals(reason, reason(REALM.verify(token)), name);
  }

  @Test
  void everySingleBitFlipIsRefused() {
    for (int bit = 0; bit < TOKEN.length * 8; bit++) {
      byte[] flipped = TOKEN.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);

      assertInstanceOf(Verdict.Denied.class, REALM.verify(flipped), "bit " + bit);
    }
    assertInstanceOf(Verdict.Accepted.class, REALM.verify(TOKEN));
  }

  @Test
  void everyCutIsRefused() {
    for (int length = 0; length < TOKEN.length; length++) {
      assertInstanceOf(Verdict.Denied.class, REALM.verify(Arrays.copyOf(TOKEN, length)));
    }
  }

  @Test
  void randomDamageIsRefusedAndNeverThrows() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      byte[] damaged = PAYLOAD.clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      byte[] token = TestRealm.token(damaged, new byte[64]);

      assertInstanceOf(Verdict.Denied.class, REALM.verify(token), "seed " + seed + ", round " + i);
    }
  }

  static IntStream neededFields() {
    return IntStream.of(1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 13);
  }

  @ParameterizedTest
  @MethodSource("neededFields")
  void absentFieldDenies(int number) {
    var field = Grant.getDescriptor().findFieldByNumber(number);

    Verdict verdict = REALM.verify(REALM.signed(grant -> grant.clearField(field)));

    assertEquals(Reason.FIELD, reason(verdict), field.getName());
  }

  @ParameterizedTest
  @ValueSource(ints = {12, 15})
  void absentDepthAndFlagsMeanNone(int number) {
    var field = Grant.getDescriptor().findFieldByNumber(number);

    Verdict verdict = REALM.verify(REALM.signed(grant -> grant.clearField(field)));

    var accepted = assertInstanceOf(Verdict.Accepted.class, verdict);
    assertEquals(0, accepted.grant().depth());
  }

  private static ByteString bytes(int length) {
    return ByteString.copyFrom(new byte[length]);
  }

  static Stream<Consumer<Grant.Builder>> fieldsOutOfRange() {
    return Stream.of(
        grant -> grant.setIssuer(bytes(31)),
        grant -> grant.setIssuer(bytes(33)),
        grant -> grant.setSerial(bytes(15)),
        grant -> grant.setSerial(bytes(17)),
        grant -> grant.setHolder(bytes(31)),
        grant -> grant.setHolder(bytes(33)),
        grant -> grant.setPrevious(bytes(32)),
        grant -> grant.setObject(Object.getDefaultInstance()),
        grant -> grant.getLabelBuilder().setMatch(LabelMatch.LABEL_MATCH_UNSPECIFIED),
        grant -> grant.getLabelBuilder().setMatchValue(3),
        grant -> grant.getLabelBuilder().setMatchValue(-1),
        grant -> grant.setMethods(Methods.newBuilder().setAll(true).addNames("Read")),
        grant -> grant.setMethods(Methods.newBuilder().addNames("Watch").addNames("Read")),
        grant -> grant.setMethods(Methods.newBuilder().addNames("Read").addNames("Read")),
        grant -> grant.setMethods(Methods.newBuilder().addNames("")),
        grant -> grant.setMethods(methods(MethodSet.NAMES_MAX + 1)),
        grant -> grant.setNotBeforeMs(-1),
        grant -> grant.setExpiresMs(Long.MAX_VALUE),
        grant -> grant.setExpiresMs(253_402_300_800_000L),
        grant -> grant.setDepth(8),
        grant -> grant.setDepth(-1),
        grant -> grant.setMaxStalenessMs(0),
        grant -> grant.setMaxStalenessMs(-1),
        grant -> grant.getQuotaBuilder().setSessions(0),
        grant -> grant.getQuotaBuilder().setSessions(Integer.MIN_VALUE),
        grant -> grant.getQuotaBuilder().setCallsInFlight(0),
        grant -> grant.getQuotaBuilder().setBufferedBytes(0),
        grant -> grant.getQuotaBuilder().setBufferedBytes(Long.MIN_VALUE),
        grant -> grant.getQuotaBuilder().setReferences(-1),
        grant -> grant.getQuotaBuilder().setCallsPerSecond(0),
        grant -> grant.setServer("farcap://away/*"),
        grant -> grant.setServer("farcap://home/a*"),
        grant -> grant.setServer("farcap://*/a"),
        grant -> grant.setServer("*"),
        grant -> grant.setRealm("away"));
  }

  private static Methods methods(int count) {
    return Methods.newBuilder()
        .addAllNames(IntStream.range(0, count).mapToObj("m%04d"::formatted).toList())
        .build();
  }

  @ParameterizedTest
  @MethodSource("fieldsOutOfRange")
  void fieldOutOfRangeIsRefused(Consumer<Grant.Builder> change) {
    Verdict verdict =
        REALM.verify(
            REALM.signed(
                grant -> {
                  change.accept(grant);
                  return grant;
                }));

    assertEquals(Reason.FIELD, reason(verdict));
  }

  @Test
  void mostMethodsAreAccepted() {
    byte[] token = REALM.signed(grant -> grant.setMethods(methods(MethodSet.NAMES_MAX)));

    assertInstanceOf(Verdict.Accepted.class, REALM.verify(token));
  }

  @Test
  void flagsAreReadAsWritten() {
    byte[] token =
        REALM.signed(grant -> grant.setFlags(Flags.newBuilder().setHandoffAllowed(true)));

    var accepted = assertInstanceOf(Verdict.Accepted.class, REALM.verify(token));

    assertEquals(
        Set.of(dev.farcap.capability.Grant.Flag.HANDOFF_ALLOWED), accepted.grant().flags());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\0",
        "a\n",
        "a\u202eb",
        "a\u200bb",
        "\ufeffa",
        "a\u0085",
        "a\u2028",
        "a b",
        "\u0430"
      })
  void deceptiveCharactersInNamesAreRefused(String name) {
    assertEquals(Reason.FIELD, reason(REALM.verify(REALM.signed(g -> g.setRealm(name)))));
    assertEquals(Reason.FIELD, reason(REALM.verify(REALM.signed(g -> g.setService(name)))));
    assertEquals(
        Reason.FIELD,
        reason(REALM.verify(REALM.signed(g -> g.setServer("farcap://home/" + name)))));
    assertEquals(
        Reason.FIELD,
        reason(REALM.verify(REALM.signed(g -> g.setMethods(Methods.newBuilder().addNames(name))))));
  }

  @Test
  void refusalThatQuotesATokenIsOneVisibleLine() {
    Verdict verdict =
        REALM.verify(
            REALM.signed(grant -> grant.setService("a\n2026 ACCEPTED \u202e" + "x".repeat(4000))));

    String line = verdict.toString();
    assertEquals(0, line.chars().filter(c -> c < ' ' || c > '~').count());
    assertTrue(line.length() < 1_000);
  }
}

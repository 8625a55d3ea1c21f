package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import dev.farcap.link.wire.Call;
import dev.farcap.link.wire.Credit;
import dev.farcap.link.wire.HalfClose;
import dev.farcap.link.wire.Headers;
import dev.farcap.link.wire.Message;
import dev.farcap.link.wire.Return;
import dev.farcap.link.wire.Signal;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever bytes come, they are a frame or a [WireException], and no buffer is lost.
final class FrameHostilityTest {
  private static final ByteString INVALID_UTF8 = ByteString.copyFrom(new byte[] {'a', (byte) 0xC0});

  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final FrameReader reader = new FrameReader();

  @AfterEach
  void everyBufferIsReleased() {
    assertEquals(0, allocator.metric().usedDirectMemory(), "bytes not released");
  }

  static Set<String> names() {
    return FrameSamples.all().keySet();
  }

  private static byte[] sample(String name) {
    FrameSamples.Sample sample = FrameSamples.named(name);
    return WireFrames.of(sample.number(), sample.frame()).toByteArray();
  }

  // ---- any bytes ------------------------------------------------------------------------------

  @ParameterizedTest
  @MethodSource("names")
  void truncatedAnywhereItIsRefused(String name) {
    byte[] whole = sample(name);

    for (int length = 0; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);

      assertFalse(isFrame(part), name + " cut to " + length + " of " + whole.length + " bytes");
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void everyFlippedBitMakesAFrameOrIsRefused(String name) {
    byte[] bytes = sample(name);

    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
      int flipped = bit;
      assertDoesNotThrow(() -> isFrame(bytes), () -> name + " with bit " + flipped + " flipped");
      bytes[bit / 8] ^= (byte) (1 << bit % 8);
    }
  }

  @Test
  void noiseIsRefusedOrReadAndNeverAnythingElse() {
    Random random = new Random(1);

    for (int i = 0; i < 50_000; i++) {
      byte[] noise = new byte[1 + random.nextInt(60)];
      random.nextBytes(noise);
      assertDoesNotThrow(() -> isFrame(noise), () -> HexFormat.of().formatHex(noise));
    }
  }

  /// Reads bytes; if they are a frame, it must survive being written and read again.
  private boolean isFrame(byte[] bytes) {
    ByteBuf in = allocator.directBuffer(bytes.length + 1).writeBytes(bytes);
    try {
      Frame frame = reader.read(in);
      var meaning = WireFrames.of(reader.number(), frame);
      ByteBuf again = new FrameWriter(allocator).write(reader.number(), frame);
      Frame second = reader.read(again);
      assertEquals(meaning, WireFrames.of(reader.number(), second));
      FrameReader.releasePayload(second);
      again.release();
      return true;
    } catch (WireException e) {
      return false;
    } finally {
      assertEquals(1, in.refCnt());
      in.release();
    }
  }

  // ---- frames that break one rule -------------------------------------------------------------

  private void refuses(dev.farcap.link.wire.Frame frame) {
    refuses(frame.toByteArray());
  }

  private void refuses(byte[] bytes) {
    ByteBuf in = allocator.directBuffer(bytes.length + 1).writeBytes(bytes);
    assertThrows(WireException.class, () -> reader.read(in));
    in.release();
  }

  private static dev.farcap.link.wire.Frame.Builder numbered() {
    return dev.farcap.link.wire.Frame.newBuilder().setNumber(1);
  }

  @Test
  void aFrameWithoutKindIsRefused() {
    refuses(numbered().build());
  }

  @Test
  void anEmptyFrameIsRefused() {
    refuses(new byte[0]);
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 15, 27, 100, 536_870_911})
  void anUnknownKindIsRefused(int field) {
    refuses(
        numbered()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(
                        field,
                        UnknownFieldSet.Field.newBuilder()
                            .addLengthDelimited(ByteString.EMPTY)
                            .build())
                    .build())
            .build());
  }

  @ParameterizedTest
  @MethodSource("names")
  void anUnknownFieldIsRefused(String name) throws Exception {
    var frame = dev.farcap.link.wire.Frame.parseFrom(sample(name));
    var field = frame.getAllFields().keySet().stream().filter(f -> f.getNumber() > 1).findFirst();
    var body = (com.google.protobuf.Message) frame.getField(field.orElseThrow());
    var more =
        UnknownFieldSet.newBuilder()
            .addField(31, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();

    refuses(
        frame.toBuilder()
            .setField(field.orElseThrow(), body.toBuilder().setUnknownFields(more).build())
            .build());
  }

  @Test
  void twoKindsAreRefused() {
    byte[] call = sample("message-first");
    byte[] ack = sample("ack");
    byte[] both = Arrays.copyOf(call, call.length + ack.length);
    System.arraycopy(ack, 0, both, call.length, ack.length);

    refuses(both);
  }

  @ParameterizedTest
  @EnumSource(FrameKind.class)
  void aNumberWhereNoneBelongsAndNoneWhereOneBelongsAreRefused(FrameKind kind) {
    Frame frame = new RandomFrames(new Random(1), allocator).next(kind);

    byte[] bytes = WireFrames.of(kind.numbered() ? 0 : 1, frame).toByteArray();

    FrameReader.releasePayload(frame);
    refuses(bytes);
  }

  @Test
  void aChunkOverItsLimitIsRefused() {
    ByteString chunk = ByteString.copyFrom(new byte[Limits.CHUNK_BYTES + 1]);

    refuses(
        numbered()
            .setMessage(Message.newBuilder().setCall(1).setLength(100_000).setPayload(chunk))
            .build());
  }

  @Test
  void aPayloadWithoutLengthIsRefusedInCallAndReturn() {
    ByteString chunk = ByteString.copyFromUtf8("abc");

    refuses(numbered().setCall(Call.newBuilder().setCall(1).setPayload(chunk)).build());
    refuses(numbered().setReturn(Return.newBuilder().setCall(1).setPayload(chunk)).build());
  }

  @Test
  void aReturnWithPartOfAMessageIsRefused() {
    Return part =
        Return.newBuilder()
            .setCall(1)
            .setLength(4)
            .setPayload(ByteString.copyFromUtf8("abc"))
            .build();

    refuses(numbered().setReturn(part).build());
  }

  @Test
  void aStatusCodeBeyondGrpcsIsRefused() {
    refuses(numbered().setReturn(Return.newBuilder().setCall(1).setCode(17)).build());
  }

  @Test
  void aNameWithoutValueIsRefused() {
    ByteString name = ByteString.copyFromUtf8("name");

    refuses(numbered().setCall(Call.newBuilder().setCall(1).addMetadata(name)).build());
    refuses(numbered().setHeaders(Headers.newBuilder().setCall(1).addMetadata(name)).build());
    refuses(numbered().setReturn(Return.newBuilder().setCall(1).addTrailers(name)).build());
    refuses(numbered().setReturn(Return.newBuilder().setCall(1).addHeaders(name)).build());
  }

  @Test
  void tooManyPairsOfMetadataAreRefused() {
    var parts = Collections.nCopies(2 * 1024 + 2, ByteString.EMPTY);

    refuses(numbered().setCall(Call.newBuilder().setCall(1).addAllMetadata(parts)).build());
    refuses(numbered().setHeaders(Headers.newBuilder().setCall(1).addAllMetadata(parts)).build());
  }

  @Test
  void aVarintOfElevenBytesIsRefused() {
    refuses(HexFormat.of().parseHex("320c08ffffffffffffffffffff01"));
  }

  @Test
  void aMessageLengthBeyondTwoGigabytesIsRefused() {
    refuses(numbered().setMessage(Message.newBuilder().setCall(1).setLength(0x8000_0000)).build());
  }

  @Test
  void creditForBothOrForNothingIsRefused() {
    var both = Credit.newBuilder().setSession(1).setCall(1);

    refuses(dev.farcap.link.wire.Frame.newBuilder().setCredit(both).build());
    refuses(dev.farcap.link.wire.Frame.newBuilder().setCredit(Credit.newBuilder()).build());
  }

  @Test
  void aFieldOfAnotherWireTypeIsRefused() {
    refuses(HexFormat.of().parseHex("3a020a00")); // Signal.session as bytes
    refuses(HexFormat.of().parseHex("38013a0208011001")); // a kind as a varint
  }

  @Test
  void aFieldThatReachesBeyondItsFrameIsRefused() {
    byte[] halfClose =
        numbered().setHalfClose(HalfClose.newBuilder().setCall(300)).build().toByteArray();
    byte[] signal =
        dev.farcap.link.wire.Frame.newBuilder()
            .setSignal(Signal.newBuilder().setSession(300))
            .build()
            .toByteArray();
    halfClose[3]--;
    signal[1]++;

    refuses(halfClose);
    refuses(signal);
  }

  @Test
  void textThatIsNotUtf8IsRefused() {
    refuses(replace(sample("call-unary"), "Say", INVALID_UTF8));
    refuses(replace(sample("return-trailers-only"), "ni", INVALID_UTF8));
    refuses(replace(sample("open"), "co", INVALID_UTF8));
    refuses(replace(sample("open"), "ac", INVALID_UTF8));
    refuses(replace(sample("refused"), "no", INVALID_UTF8));
    refuses(replace(sample("go-away"), "re", INVALID_UTF8));
  }

  private static byte[] replace(byte[] bytes, String text, ByteString by) {
    int at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    by.copyTo(bytes, at);
    return bytes;
  }

  @Test
  void anIdOfAnotherLengthIsRefused() throws Exception {
    var hello = dev.farcap.link.wire.Frame.parseFrom(sample("hello-fresh")).toBuilder();
    hello.getHelloBuilder().setEpoch(ByteString.copyFrom(new byte[15]));

    refuses(hello.build());
  }

  @Test
  void limitsOutOfRangeAreRefused() throws Exception {
    var hello = dev.farcap.link.wire.Frame.parseFrom(sample("hello-fresh")).toBuilder();
    hello.getHelloBuilder().getLimitsBuilder().setCallWindow(-1);

    refuses(hello.build());
  }
}

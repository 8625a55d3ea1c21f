package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.Session.CloseReason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/// Frames of every kind with values from all of their ranges; those at a range's ends are frequent.
final class RandomFrames {
  private static final int[] LENGTHS = {0, 1, 2, 127, 128, 1023, 1024, 1025, 16_383, 16_384};
  private static final List<FrameKind> KINDS = List.of(FrameKind.values());
  private static final List<CloseReason> REASONS = List.of(CloseReason.values());
  private static final List<Failure.Kind> FAILURES = List.of(Failure.Kind.values());

  private final Random random;
  private final ByteBufAllocator allocator;

  RandomFrames(Random random, ByteBufAllocator allocator) {
    this.random = random;
    this.allocator = allocator;
  }

  FrameKind kind() {
    return KINDS.get(random.nextInt(KINDS.size()));
  }

  /// 0 for kinds without number, else anything else of 64 bits.
  long number(FrameKind kind) {
    return kind.numbered() ? Math.max(1, varint() & Long.MAX_VALUE) : 0;
  }

  Frame next(FrameKind kind) {
    return switch (kind) {
      case HELLO ->
          new Frame.Hello(
              random.nextInt(),
              random.nextInt(),
              Id128.mint(random),
              Id128.mint(random),
              random.nextBoolean(),
              varint(),
              limits(),
              varint(),
              varint());
      case PRESENT -> new Frame.Present(random.nextInt(), bytes());
      case OPEN ->
          new Frame.Open(
              varint(),
              text(),
              IntStream.range(0, random.nextInt(5)).mapToObj(_ -> text()).toList(),
              random.nextInt(),
              random.nextBoolean() ? null : new byte[1 + random.nextInt(300)]);
      case OPENED -> new Frame.Opened(varint(), varint());
      case REFUSED -> new Frame.Refused(varint(), failure());
      case UPGRADE -> new Frame.Upgrade(varint(), random.nextInt());
      case CLOSE -> new Frame.Close(varint(), REASONS.get(random.nextInt(REASONS.size())));
      case CLOSED -> new Frame.Closed(varint(), random.nextBoolean() ? null : failure());
      case CALL -> call();
      case HEADERS -> new Frame.Headers(varint(), metadata());
      case MESSAGE -> message();
      case HALF_CLOSE -> new Frame.HalfClose(varint());
      case RETURN -> done();
      case CANCEL -> new Frame.Cancel(varint());
      case CREDIT -> credit();
      case SIGNAL -> new Frame.Signal(varint(), varint());
      case ACK -> new Frame.Ack(varint());
      case PING -> new Frame.Ping(varint(), varint(), varint());
      case PONG -> new Frame.Pong(varint());
      case GO_AWAY -> new Frame.GoAway(text());
    };
  }

  private Frame call() {
    ByteBuf payload = payload();
    boolean complete = random.nextBoolean();
    boolean none = !payload.isReadable() && random.nextBoolean();
    int length = none ? Frame.NO_LENGTH : payload.readableBytes() + (complete ? 0 : length());
    return new Frame.Call(
        varint(), varint(), text(), varint(), metadata(), random.nextBoolean(), length, payload);
  }

  private Frame message() {
    ByteBuf payload = payload();
    int length = random.nextBoolean() ? Frame.NO_LENGTH : payload.readableBytes() + length();
    return new Frame.Message(varint(), length, payload);
  }

  private Frame done() {
    ByteBuf payload = random.nextBoolean() ? Unpooled.EMPTY_BUFFER : payload();
    boolean none = !payload.isReadable() && random.nextBoolean();
    return new Frame.Return(
        varint(),
        random.nextInt(17),
        text(),
        random.nextBoolean() ? null : metadata(),
        metadata(),
        none ? Frame.NO_LENGTH : payload.readableBytes(),
        payload);
  }

  private Frame credit() {
    boolean ofSession = random.nextBoolean();
    long id = varint() | 1L << random.nextInt(64);
    return new Frame.Credit(
        ofSession ? id : 0,
        ofSession ? 0 : id,
        varint() & Long.MAX_VALUE,
        varint() & Long.MAX_VALUE);
  }

  private Limits limits() {
    return random.nextBoolean()
        ? Limits.DEFAULT
        : new Limits(1 << 20, 1 << 21, 1L << 40, Integer.MAX_VALUE, 1 + random.nextInt(9), 1);
  }

  private Failure failure() {
    Failure.Kind kind = FAILURES.get(random.nextInt(FAILURES.size()));
    return random.nextBoolean() ? Failure.unknown(kind, text()) : Failure.notExecuted(kind, text());
  }

  /// All 64 bits, each length of encoding as likely as any other.
  private long varint() {
    int bits = random.nextInt(65);
    return bits == 0 ? 0 : random.nextLong() >>> (64 - bits);
  }

  private int length() {
    return LENGTHS[random.nextInt(LENGTHS.length)];
  }

  /// Mostly short ones, so that many frames are tried in little time.
  private ByteBuf payload() {
    int length = random.nextInt(8) == 0 ? length() : random.nextInt(200);
    byte[] content = new byte[length];
    random.nextBytes(content);
    return allocator.directBuffer(Math.max(1, length)).writeBytes(content);
  }

  private byte[] bytes() {
    byte[] bytes = new byte[random.nextInt(40)];
    random.nextBytes(bytes);
    return bytes;
  }

  private byte[][] metadata() {
    byte[][] parts = new byte[2 * random.nextInt(4)][];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = bytes();
    }
    return parts;
  }

  /// One, two, three and four bytes of UTF-8 a character.
  private String text() {
    StringBuilder text = new StringBuilder();
    List<String> alphabet = List.of("a", "Z", "\u0000", "ß", "߿", "ࠀ", "€", "😀", "\uffff");
    for (int left = random.nextInt(12); left > 0; left--) {
      text.append(alphabet.get(random.nextInt(alphabet.size())));
    }
    return text.toString();
  }
}

package dev.farcap.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever calls send as messages, in whatever frames, reading it ends and breaks no connection;
/// and once it is over nothing of it is counted, nor has or awaits room.
///
/// An input is a list of what happens to four calls, a byte each and what belongs to it. `.ci/fuzz`
/// searches for inputs that break this; here is read what it has found.
@Timeout(60)
public final class MessagesFuzzTest {
  private static final int CALLS = 4;
  private static final int ROOM_BYTES = 5 << 20;
  private static final int ARRIVALS_BYTES_MAX = 300 << 10;

  private final Arrivals arrivals = new Arrivals(ARRIVALS_BYTES_MAX);
  private final NarrowLink link = new NarrowLink(ROOM_BYTES);
  private final int[] present = {0, 1, 2, 3};
  private int last = 3;

  static File[] found() {
    return new File("src/test/fuzz/MessagesFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    new MessagesFuzzTest().play(new ByteArrayInputStream(bytes));
  }

  private void play(ByteArrayInputStream in) {
    try (Http2Peer peer = new Http2Peer(arrivals, link, "owner", new LongAdder())) {
      for (int call : present) {
        peer.open(call);
      }
      for (int event = in.read(); event >= 0; event = in.read()) {
        happens(peer, event % CALLS, event / CALLS, in);
        assertTrue(peer.isOpen(), "the connection is broken");
        assertTrue(arrivals.bytes() >= 0, () -> arrivals.bytes() + " bytes are here");
        assertTrue(link.taken() >= 0 && link.taken() <= ROOM_BYTES, () -> link.taken() + " taken");
      }
      for (int call : present) {
        peer.taker(call).sent();
      }
    }
    assertEquals(0, arrivals.bytes());
    assertEquals(0, link.taken());
    assertFalse(link.isAsked());
  }

  private void happens(Http2Peer peer, int slot, int event, ByteArrayInputStream in) {
    int call = present[slot];
    switch (event % 8) {
      case 0, 1, 2 -> peer.dataWithinWindow(call, next(in));
      case 3 -> peer.send(call, in.read() << 12);
      case 4 -> peer.taker(call).sent();
      case 5 -> peer.pass(Duration.ofSeconds(1));
      case 6 -> peer.reading = !peer.reading;
      default -> {
        peer.reset(call);
        // What was complete goes with its call.
        peer.taker(call).sent();
        present[slot] = ++last;
        peer.open(last);
      }
    }
  }

  private static ByteBuf next(ByteArrayInputStream in) {
    byte[] part = new byte[Math.min(Math.max(0, in.read()), in.available())];
    in.readNBytes(part, 0, part.length);
    return Unpooled.wrappedBuffer(part);
  }
}

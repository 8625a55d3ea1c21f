package dev.farcap.door;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real HTTP/2 without sockets: frames in, window updates and resets out.
final class ArrivalsTest {
  /// Eight of them go on at a time.
  private static final int LONG = 1 << 20;

  private static final int GOING_ON = 8;
  private static final int WINDOW = Arrivals.STREAM_BYTES;

  /// So much of a message asks for room.
  private static final int EARNEST = (64 << 10) + 1;

  private final LongAdder refused = new LongAdder();
  private final Arrivals arrivals = new Arrivals(16 << 20);
  private final NarrowLink link = new NarrowLink(GOING_ON * LONG);
  private final List<Http2Peer> peers = new ArrayList<>();
  private final Http2Peer peer = connect();

  @AfterEach
  void nothingIsKept() {
    peers.forEach(Http2Peer::close);
    assertEquals(0, arrivals.bytes());
    assertEquals(0, link.taken());
    assertFalse(link.isAsked());
  }

  private Http2Peer connect() {
    return connect(new Object());
  }

  private Http2Peer connect(Object owner) {
    Http2Peer made = new Http2Peer(arrivals, link, owner, refused);
    peers.add(made);
    return made;
  }

  // ---- long messages --------------------------------------------------------------------------

  @Test
  void asManyLongMessagesGoOnAsThereIsRoomFor() {
    for (int call = 0; call < GOING_ON + 2; call++) {
      peer.begin(call, LONG);
      peer.send(call, WINDOW - 5);
    }

    for (int call = 0; call < GOING_ON; call++) {
      assertTrue(peer.window(call) > 0, "call " + call);
    }
    assertEquals(0, peer.window(GOING_ON));
    assertEquals(0, peer.window(GOING_ON + 1));
  }

  @Test
  void theNextGoesOnWhenOneIsComplete() {
    fillTheRoom();
    peer.begin(GOING_ON, LONG);
    peer.send(GOING_ON, WINDOW - 5);
    assertEquals(0, peer.window(GOING_ON));

    peer.send(3, LONG);
    assertEquals(0, peer.window(GOING_ON), "the link has not sent it");
    peer.taker(3).sent();

    assertTrue(peer.windowLater(GOING_ON) > 0);
  }

  @Test
  void theNextGoesOnWhenOneIsGivenUp() {
    fillTheRoom();
    peer.begin(GOING_ON, LONG);
    peer.send(GOING_ON, WINDOW - 5);

    peer.reset(3);

    assertTrue(peer.window(GOING_ON) > 0);
  }

  @Test
  void whoIsGivenUpWhileItWaitsTakesNoRoom() {
    fillTheRoom();
    peer.begin(GOING_ON, LONG);
    peer.begin(GOING_ON + 1, LONG);
    peer.send(GOING_ON, EARNEST);
    peer.reset(GOING_ON);
    peer.send(GOING_ON + 1, WINDOW - 5);

    peer.send(0, LONG);
    peer.taker(0).sent();

    assertTrue(peer.windowLater(GOING_ON + 1) > 0);
  }

  @Test
  void aMessageThatIsCompleteBeforeItHasRoomAsksNoMore() {
    fillTheRoom();
    peer.open(GOING_ON);
    peer.message(GOING_ON, 100 << 10);

    assertEquals(GOING_ON + 1, link.announced);
    assertFalse(link.isAsked());
    giveUpAll();
    assertEquals(0, link.taken());
    peer.message(GOING_ON, LONG);
    assertEquals(LONG, link.taken());
    peer.taker(GOING_ON).sent();
  }

  @Test
  void whoIsOverAfterItWasCompleteWithoutRoomAwaitsNone() {
    fillTheRoom();
    peer.open(GOING_ON);
    peer.message(GOING_ON, 100 << 10);

    peer.reset(GOING_ON);
    giveUpAll();

    assertEquals(0, link.taken());
  }

  @Test
  void aLongMessageThatNobodyReadsTakesNoRoom() {
    peer.reading = false;
    fillTheRoom();
    peer.reading = true;

    peer.begin(GOING_ON, LONG);
    peer.send(GOING_ON, LONG);

    assertTrue(peer.window(GOING_ON) > 0);
    peer.taker(GOING_ON).sent();
  }

  @Test
  void aLongMessageThatLeadsToNoLinkNeverWaits() {
    fillTheRoom();

    peer.openWithoutLink(100);
    for (int i = 0; i < 10; i++) {
      peer.message(100, LONG);
    }

    assertEquals(0, arrivals.bytes());
    assertTrue(peer.window(100) > 0);
  }

  @Test
  void longMessagesOfAStreamAskOneByOne() {
    for (int i = 0; i < 3 * GOING_ON; i++) {
      if (i == 0) {
        peer.open(0);
      }
      peer.message(0, LONG);
      assertEquals(LONG, link.taken());
      peer.taker(0).sent();
    }

    assertEquals(3 * GOING_ON, link.announced);
  }

  @Test
  void messagesThatStopLoseTheirRoomToOthers() {
    fillTheRoom();
    peer.begin(GOING_ON, LONG);
    peer.send(GOING_ON, WINDOW - 5);

    peer.pass(Duration.ofSeconds(3));

    assertEquals(GOING_ON, arrivals.stalled().sum());
    assertTrue(peer.windowLater(GOING_ON) > 0);
    assertEquals(0, peer.resets());
  }

  @Test
  void messagesThatStopKeepTheirRoomWhileNobodyAsks() {
    fillTheRoom();

    peer.pass(Duration.ofSeconds(3));

    assertEquals(0, arrivals.stalled().sum());
    assertEquals(GOING_ON * LONG, link.taken());
  }

  @Test
  void aMessageThatHasHardlyBegunAsksForNoRoom() {
    peer.begin(0, LONG);

    peer.send(0, EARNEST - 10);

    assertEquals(0, link.announced);
    peer.send(0, 10);
    assertEquals(1, link.announced);
  }

  @Test
  void aMessageThatStoppedGoesOnWithRoomOfItsOwn() {
    fillTheRoom();
    peer.begin(GOING_ON, LONG);
    peer.send(GOING_ON, WINDOW - 5);
    peer.pass(Duration.ofSeconds(3));
    peer.reset(GOING_ON);
    assertEquals(0, link.taken());

    peer.send(0, LONG / 2);

    assertEquals(LONG, link.taken());
    assertTrue(peer.window(0) > 0);
  }

  @Test
  void messagesThatComeSlowlyKeepTheirRoom() {
    fillTheRoom();
    for (int call = GOING_ON; call < 4 * GOING_ON; call++) {
      peer.begin(call, LONG);
      peer.send(call, WINDOW - 5);
    }

    for (int i = 0; i < 5; i++) {
      peer.send(0, LONG / 16);
      peer.pass(Duration.ofSeconds(1));
    }

    assertTrue(arrivals.stalled().sum() > 0, "others have lost theirs");
    assertTrue(peer.taker(0).hasRoom());
  }

  @Test
  void shortMessagesNeverWait() {
    fillTheRoom();
    peer.begin(GOING_ON, LONG);

    peer.open(100);
    for (int i = 0; i < 100; i++) {
      peer.message(100, 64 << 10);
    }

    assertEquals(0, refused.sum());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 5, 6, 1_000, Http2Peer.FRAME_BYTES})
  void messagesAreFoundHoweverTheyComeInFrames(int frameBytes) {
    ByteBuf messages = Unpooled.buffer();
    for (int length : new int[] {0, 1, 3, 20, 0, 5_000}) {
      messages.writeByte(0).writeInt(length).writeZero(length);
    }
    peer.open(0);

    inFrames(messages, frameBytes);
    assertEquals(0, arrivals.bytes());

    inFrames(Unpooled.buffer().writeByte(0).writeInt(5_000).writeZero(3_000), frameBytes);
    assertEquals(3_005, arrivals.bytes());

    inFrames(Unpooled.buffer().writeZero(2_000).writeByte(0).writeInt(LONG), frameBytes);
    peer.send(0, EARNEST);
    assertEquals(LONG, link.taken());
  }

  private void inFrames(ByteBuf bytes, int frameBytes) {
    while (bytes.isReadable()) {
      peer.data(0, bytes.readBytes(Math.min(frameBytes, bytes.readableBytes())));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, -5, Integer.MIN_VALUE, Http2Peer.MESSAGE_BYTES_MAX + 1})
  void aLengthThatNoMessageHasEndsTheReading(int length) {
    byte[] bytes = ByteBuffer.allocate(20).put((byte) 0).putInt(length).array();
    for (int split = 1; split <= bytes.length; split++) {
      peer.open(split);
      peer.data(split, Unpooled.copiedBuffer(bytes, 0, split));
      peer.data(split, Unpooled.copiedBuffer(bytes, split, bytes.length - split));
      peer.message(split, 1_000);
    }

    assertTrue(peer.isOpen());
    assertEquals(0, arrivals.bytes());
    assertEquals(0, link.announced);
  }

  private void giveUpAll() {
    for (int call = 0; call < GOING_ON; call++) {
      peer.reset(call);
    }
  }

  private void fillTheRoom() {
    for (int call = 0; call < GOING_ON; call++) {
      peer.begin(call, LONG);
      peer.send(call, EARNEST);
    }
  }

  // ---- the bound ------------------------------------------------------------------------------

  @Test
  void tooMuchThatIsNotCompleteIsRefused() {
    for (int call = 0; call < 200; call++) {
      peer.begin(call, LONG);
      peer.send(call, WINDOW - 5);
    }

    assertTrue(refused.sum() > 0);
    assertEquals(refused.sum(), peer.resets());
    assertTrue(arrivals.bytes() <= 16 << 20);
  }

  @Test
  void whatGoesOnIsNotRefusedForWhatWaits() {
    fillTheRoom();
    for (int call = 0; call < GOING_ON; call++) {
      peer.send(call, 4 * WINDOW);
    }
    for (int call = GOING_ON; call < 200; call++) {
      peer.begin(call, LONG);
      peer.send(call, WINDOW - 5);
    }

    assertTrue(refused.sum() > 0);
    for (int call = 0; call < GOING_ON; call++) {
      assertFalse(peer.isReset(call), "call " + call);
    }
  }

  @Test
  void theConnectionThatHasMostIsRefused() {
    link.narrow();
    Http2Peer other = connect();
    other.begin(0, LONG);
    other.send(0, WINDOW - 5);

    for (int call = 0; call < 200; call++) {
      peer.begin(call, LONG);
      peer.send(call, WINDOW - 5);
    }

    assertTrue(refused.sum() > 0);
    assertEquals(0, other.resets());
  }

  @Test
  void moreConnectionsGiveAUserNoMore() {
    link.narrow();
    Http2Peer other = connect();
    for (int call = 0; call < 40; call++) {
      other.begin(call, LONG);
      other.send(call, WINDOW - 5);
    }

    for (int i = 0; i < 100; i++) {
      Http2Peer one = connect("user");
      one.begin(0, LONG);
      one.send(0, WINDOW - 5);
    }

    assertTrue(refused.sum() > 0);
    assertEquals(0, other.resets());
  }

  @Test
  void whatNobodyHasAskedForWaitsAndIsNotRefused() {
    peer.reading = false;

    for (int call = 0; call < 200; call++) {
      peer.begin(call, 150 << 10);
      peer.send(call, WINDOW - 5);
    }

    assertEquals(0, arrivals.bytes());
    assertEquals(0, peer.resets());
  }

  @Test
  void paddingIsNoPartOfAMessage() {
    peer.open(0);
    for (int i = 0; i < 1_000; i++) {
      peer.padded(0, Unpooled.buffer().writeByte(0).writeInt(100).writeZero(100), 200);
    }
    peer.reading = false;
    peer.padded(0, Unpooled.buffer().writeByte(0).writeInt(LONG).writeZero(100), 200);

    assertEquals(0, arrivals.bytes(), "nobody has asked for it");
  }

  @Test
  void whatIsOverIsNotCountedAnyMore() {
    for (int call = 0; call < 200; call++) {
      peer.begin(call, LONG);
      peer.send(call, WINDOW - 5);
    }

    peer.cutOff();

    assertEquals(0, arrivals.bytes());
    assertEquals(0, link.taken());
  }
}

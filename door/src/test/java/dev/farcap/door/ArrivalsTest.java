package dev.farcap.door;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.link.LongMessageTaker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real HTTP/2 without sockets: frames in, window updates and resets out.
final class ArrivalsTest {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int PADDED = 8;
  private static final int HEAD_BYTES = 9;
  private static final int FRAME_BYTES = 16 << 10;

  /// Eight of them go on at a time.
  private static final int LONG = 1 << 20;

  private static final int GOING_ON = 8;
  private static final int WINDOW = Arrivals.STREAM_BYTES;

  private final LongAdder refused = new LongAdder();
  private final Arrivals arrivals = new Arrivals(16 << 20);
  private final Link link = new Link(GOING_ON * LONG);
  private final List<Peer> peers = new ArrayList<>();
  private final Peer peer = connect();

  @AfterEach
  void nothingIsKept() {
    peers.forEach(each -> each.channel.finishAndReleaseAll());
  }

  private Peer connect() {
    return connect(new Object());
  }

  private Peer connect(Object owner) {
    Peer made = new Peer(arrivals, link, owner, refused);
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
    peer.send(GOING_ON, 1);
    peer.reset(GOING_ON);
    peer.send(GOING_ON + 1, WINDOW - 5);

    peer.send(0, LONG);
    peer.taker(0).sent();

    assertTrue(peer.windowLater(GOING_ON + 1) > 0);
  }

  @Test
  void aLongMessageThatNobodyReadsTakesNoRoom() {
    peer.reading = false;
    fillTheRoom();
    peer.reading = true;

    peer.begin(GOING_ON, LONG);
    peer.send(GOING_ON, LONG);

    assertTrue(peer.window(GOING_ON) > 0);
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
  void aMessageThatStoppedGoesOnWithRoomOfItsOwn() {
    fillTheRoom();
    peer.pass(Duration.ofSeconds(3));
    assertEquals(0, link.taken());

    peer.send(0, LONG / 2);

    assertEquals(LONG, link.taken());
    assertTrue(peer.window(0) > 0);
  }

  @Test
  void messagesThatComeSlowlyKeepTheirRoom() {
    peer.begin(0, LONG);
    peer.send(0, FRAME_BYTES);

    for (int i = 0; i < 20; i++) {
      peer.send(0, FRAME_BYTES);
      peer.pass(Duration.ofSeconds(1));
    }

    assertEquals(0, arrivals.stalled().sum());
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
  @ValueSource(ints = {1, 4, 5, 6, 1_000, FRAME_BYTES})
  void messagesAreFoundHoweverTheyComeInFrames(int frameBytes) {
    ByteBuf messages = Unpooled.buffer();
    for (int length : new int[] {0, 1, 3, 20, 0, 5_000}) {
      messages.writeByte(0).writeInt(length).writeZero(length);
    }
    peer.open(0);

    while (messages.isReadable()) {
      peer.data(0, messages.readBytes(Math.min(frameBytes, messages.readableBytes())));
    }

    assertEquals(0, arrivals.bytes());
  }

  private void fillTheRoom() {
    for (int call = 0; call < GOING_ON; call++) {
      peer.begin(call, LONG);
      peer.send(call, 1);
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
    link.free = 0;
    Peer other = connect();
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
    link.free = 0;
    Peer other = connect();
    for (int call = 0; call < 40; call++) {
      other.begin(call, LONG);
      other.send(call, WINDOW - 5);
    }

    for (int i = 0; i < 100; i++) {
      Peer one = connect("user");
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

  // ---- where they go --------------------------------------------------------------------------

  /// A link with some room, first asked first served.
  private static final class Link {
    private final int room;
    private final Deque<Taker> asking = new ArrayDeque<>();
    private int free;
    private int announced;

    Link(int room) {
      this.room = room;
      free = room;
    }

    int taken() {
      return room - free;
    }

    private void grant() {
      for (Taker next; (next = asking.peek()) != null && next.asked <= free; ) {
        asking.remove();
        next.take();
        next.granted.run();
      }
    }
  }

  private static final class Taker implements LongMessageTaker {
    private final Link link;
    private int asked;
    private int taken;
    private Runnable granted = () -> {};

    Taker(Link link) {
      this.link = link;
    }

    @Override
    public boolean announce(int bytes, Runnable room) {
      link.announced++;
      asked = bytes;
      granted = room;
      if (bytes <= link.free) {
        take();
        return true;
      }
      link.asking.add(this);
      return false;
    }

    private void take() {
      taken = asked;
      link.free -= taken;
    }

    @Override
    public void withdraw() {
      link.asking.remove(this);
      sent();
    }

    void sent() {
      link.free += taken;
      taken = 0;
      link.grant();
    }
  }

  // ---- the other side of a connection ---------------------------------------------------------

  /// A client's end of a connection, as bytes; the server's end reads as gRPC does.
  private static final class Peer {
    private final EmbeddedChannel channel;
    private final Map<Integer, Integer> windows = new HashMap<>();
    private final List<Integer> resets = new ArrayList<>();
    private final Map<Integer, Taker> takers = new HashMap<>();
    private final Arrivals arrivals;
    private final Link link;
    private boolean reading = true;

    Peer(Arrivals arrivals, Link link, Object owner, LongAdder refused) {
      this.arrivals = arrivals;
      this.link = link;
      channel =
          new EmbeddedChannel(new ConnectionWindow(arrivals, owner, 4 << 20, refused), http2());
      channel.writeInbound(
          Http2CodecUtil.connectionPrefaceBuf(), frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0));
      drain();
    }

    private Http2ConnectionHandler http2() {
      Http2Connection connection = new DefaultHttp2Connection(true);
      connection
          .local()
          .flowController(new DefaultHttp2LocalFlowController(connection, 0.5f, true));
      return new Http2ConnectionHandlerBuilder()
          .connection(connection)
          .initialSettings(
              new Http2Settings().maxConcurrentStreams(1_000).initialWindowSize(WINDOW))
          .frameListener(new Reader(connection))
          // As gRPC has it.
          .encoderEnforceMaxRstFramesPerWindow(0, 0)
          .build();
    }

    /// Takes data as soon as it comes, or never.
    private final class Reader extends Http2EventAdapter {
      private final Http2Connection connection;

      Reader(Http2Connection connection) {
        this.connection = connection;
      }

      @Override
      public int onDataRead(
          ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
          throws Http2Exception {
        Http2Stream stream = connection.stream(streamId);
        // gRPC takes the prefix by itself, and then the rest.
        if (reading) {
          int prefix = Math.min(5, data.readableBytes());
          connection.local().flowController().consumeBytes(stream, prefix);
          connection.local().flowController().consumeBytes(stream, data.readableBytes() - prefix);
        }
        return padding;
      }
    }

    void open(int call) {
      openWithoutLink(call);
      Taker taker = new Taker(link);
      takers.put(call, taker);
      arrivals.current().leadsTo(taker);
    }

    Taker taker(int call) {
      return requireNonNull(takers.get(call));
    }

    void openWithoutLink(int call) {
      windows.put(id(call), WINDOW);
      // :method POST, :scheme http, :path /
      send(frame(HEADERS, END_HEADERS, id(call), (byte) 0x83, (byte) 0x86, (byte) 0x84));
    }

    /// Opens a call and announces a message.
    void begin(int call, int messageBytes) {
      open(call);
      data(call, Unpooled.buffer().writeByte(0).writeInt(messageBytes));
    }

    /// One whole message.
    void message(int call, int bytes) {
      data(call, Unpooled.buffer().writeByte(0).writeInt(bytes));
      send(call, bytes);
    }

    /// Part of a message, as far as the window goes.
    void send(int call, int bytes) {
      for (int left = bytes; left > 0 && window(call) > 0 && !isReset(call); ) {
        int now = Math.min(Math.min(left, FRAME_BYTES), window(call));
        data(call, Unpooled.buffer(now).writeZero(now));
        left -= now;
      }
    }

    void data(int call, ByteBuf payload) {
      windows.merge(id(call), -payload.readableBytes(), Integer::sum);
      send(frame(DATA, 0, id(call), payload));
    }

    void padded(int call, ByteBuf payload, int padding) {
      windows.merge(id(call), -payload.readableBytes() - padding, Integer::sum);
      ByteBuf length = Unpooled.buffer(1).writeByte(padding - 1);
      ByteBuf zeros = Unpooled.buffer(padding).writeZero(padding - 1);
      send(frame(DATA, PADDED, id(call), Unpooled.wrappedBuffer(length, payload, zeros)));
    }

    void reset(int call) {
      send(frame(RST_STREAM, 0, id(call), (byte) 0, (byte) 0, (byte) 0, (byte) 8));
    }

    /// Ends the connection under HTTP/2, which would wait for its calls.
    void cutOff() {
      channel.unsafe().close(channel.newPromise());
      channel.runPendingTasks();
    }

    /// Lets time pass.
    void pass(Duration time) {
      for (long s = 0; s < time.toSeconds(); s++) {
        channel.advanceTimeBy(1, TimeUnit.SECONDS);
        channel.runScheduledPendingTasks();
      }
      drain();
    }

    int windowLater(int call) {
      channel.runPendingTasks();
      drain();
      return window(call);
    }

    int window(int call) {
      return windows.getOrDefault(id(call), 0);
    }

    int resets() {
      return resets.size();
    }

    boolean isReset(int call) {
      return resets.contains(id(call));
    }

    private static int id(int call) {
      return 2 * call + 1;
    }

    private static ByteBuf frame(int type, int flags, int stream, byte... payload) {
      return frame(type, flags, stream, Unpooled.wrappedBuffer(payload));
    }

    private static ByteBuf frame(int type, int flags, int stream, ByteBuf payload) {
      ByteBuf head = Unpooled.buffer(HEAD_BYTES);
      head.writeMedium(payload.readableBytes()).writeByte(type).writeByte(flags).writeInt(stream);
      return Unpooled.wrappedBuffer(head, payload);
    }

    private void send(ByteBuf frame) {
      channel.writeInbound(frame);
      channel.runPendingTasks();
      drain();
    }

    private void drain() {
      ByteBuf out = Unpooled.buffer();
      for (ByteBuf part; (part = channel.readOutbound()) != null; part.release()) {
        out.writeBytes(part);
      }
      while (out.isReadable()) {
        int length = out.readMedium();
        int type = out.readByte();
        out.readByte();
        int stream = out.readInt();
        ByteBuf payload = out.readSlice(length);
        if (type == WINDOW_UPDATE && stream != 0) {
          windows.merge(stream, payload.readInt(), Integer::sum);
        } else if (type == RST_STREAM) {
          resets.add(stream);
        }
      }
    }
  }
}

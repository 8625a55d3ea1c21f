package dev.farcap.door;

import static java.util.Objects.requireNonNull;

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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/// A client's end of a connection, as bytes; the server's end reads as gRPC does.
final class Http2Peer implements AutoCloseable {
  static final int FRAME_BYTES = 16 << 10;
  static final int MESSAGE_BYTES_MAX = 4 << 20;
  private static final int WINDOW = Arrivals.STREAM_BYTES;
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int SETTINGS = 4;
  private static final int WINDOW_UPDATE = 8;
  private static final int END_HEADERS = 4;
  private static final int ACK = 1;
  private static final int PADDED = 8;
  private static final int HEAD_BYTES = 9;

  private final EmbeddedChannel channel;
  private final Map<Integer, Integer> windows = new HashMap<>();
  private final List<Integer> resets = new ArrayList<>();
  private final Map<Integer, NarrowLink.Taker> takers = new HashMap<>();
  private final Arrivals arrivals;
  private final NarrowLink link;

  /// Whether what comes is asked for.
  boolean reading = true;

  /// @param owner of the connection
  Http2Peer(Arrivals arrivals, NarrowLink link, Object owner, LongAdder refused) {
    this.arrivals = arrivals;
    this.link = link;
    channel =
        new EmbeddedChannel(
            new ConnectionWindow(arrivals, owner, MESSAGE_BYTES_MAX, refused), http2());
    channel.writeInbound(
        Http2CodecUtil.connectionPrefaceBuf(), frame(SETTINGS, 0, 0), frame(SETTINGS, ACK, 0));
    drain();
  }

  private Http2ConnectionHandler http2() {
    Http2Connection connection = new DefaultHttp2Connection(true);
    connection.local().flowController(new DefaultHttp2LocalFlowController(connection, 0.5f, true));
    return new Http2ConnectionHandlerBuilder()
        .connection(connection)
        .initialSettings(new Http2Settings().maxConcurrentStreams(1_000).initialWindowSize(WINDOW))
        .frameListener(new Reader(connection))
        // As gRPC has it.
        .encoderEnforceMaxRstFramesPerWindow(0, 0)
        // Not what is tested here.
        .decoderEnforceMaxRstFramesPerWindow(0, 0)
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

  /// Opens a call whose messages go to the link.
  void open(int call) {
    openWithoutLink(call);
    NarrowLink.Taker taker = new NarrowLink.Taker(link);
    takers.put(call, taker);
    arrivals.current().leadsTo(taker);
  }

  NarrowLink.Taker taker(int call) {
    return requireNonNull(takers.get(call));
  }

  /// Opens a call whose messages go to no link.
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

  /// The same, as far as the window goes.
  void dataWithinWindow(int call, ByteBuf payload) {
    int bytes = Math.min(payload.readableBytes(), window(call));
    // HTTP/2 takes empty frames for a flood.
    if (!isReset(call) && bytes > 0) {
      data(call, payload.readSlice(bytes));
    }
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

  /// Whether the connection has survived so far.
  boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() {
    cutOff();
    channel.finishAndReleaseAll();
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

package dev.farcap.door;

import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The receive windows of one HTTP/2 connection: those that gRPC keeps, but for long messages,
/// whose window is given back once there is room for them, first asked first served.
///
/// A message asks for room when its reader wants it, so one that nobody reads keeps no other
/// waiting; and gets it for all of itself, so what has begun can be finished. Short ones never
/// wait.
final class ConnectionArrivals extends Http2ConnectionAdapter implements Http2LocalFlowController {
  /// Room for long messages: two of the longest that gRPC takes by default.
  private static final long ROOM_BYTES = 8 << 20;

  private final Arrivals all;
  private final ChannelHandlerContext ctx;
  private final Http2ConnectionHandler http2;
  private final Http2LocalFlowController windows;
  private final Http2Connection.PropertyKey key;
  private final Set<StreamArrivals> incomplete = new LinkedHashSet<>();
  private final ArrayDeque<StreamArrivals> waiting = new ArrayDeque<>();
  private long free;
  private long bytes;

  private ConnectionArrivals(
      Arrivals all, ChannelHandlerContext ctx, Http2ConnectionHandler http2) {
    this.all = all;
    this.ctx = ctx;
    this.http2 = http2;
    windows = http2.connection().local().flowController();
    key = http2.connection().newKey();
    free = Math.max(ROOM_BYTES, all.messageBytes());
  }

  /// Puts itself before the windows of a connection on which no data has come yet.
  static void guard(Arrivals all, ChannelHandlerContext ctx, Http2ConnectionHandler http2) {
    ConnectionArrivals made = new ConnectionArrivals(all, ctx, http2);
    http2.connection().local().flowController(made);
    http2.connection().addListener(made);
    all.opened(made);
    ctx.channel().closeFuture().addListener(_ -> made.closed());
  }

  private void closed() {
    List.copyOf(incomplete).forEach(this::end);
    all.closed(this);
  }

  /// What is here of messages that are not complete.
  long bytes() {
    return bytes;
  }

  void later(Runnable task) {
    ctx.executor().execute(task);
  }

  // ---- the windows ----------------------------------------------------------------------------

  @Override
  public void receiveFlowControlledFrame(
      Http2Stream stream, ByteBuf data, int padding, boolean endOfStream) throws Http2Exception {
    windows.receiveFlowControlledFrame(stream, data, padding, endOfStream);
    if (stream == null) {
      return;
    }
    StreamArrivals arrivals = stream.getProperty(key);
    if (arrivals == null) {
      arrivals = new StreamArrivals(stream, all.messageBytes());
      stream.setProperty(key, arrivals);
    }
    long before = arrivals.incomplete();
    arrivals.arrive(data, padding);
    count(arrivals, before);
    leaveRoomIfDone(arrivals);
  }

  @Override
  public boolean consumeBytes(Http2Stream stream, int numBytes) throws Http2Exception {
    StreamArrivals arrivals = stream == null ? null : stream.getProperty(key);
    if (arrivals == null || numBytes == 0) {
      return windows.consumeBytes(stream, numBytes);
    }
    long before = arrivals.incomplete();
    arrivals.read(numBytes);
    count(arrivals, before);
    if (arrivals.wantsRoom()) {
      arrivals.askedForRoom();
      waiting.add(arrivals);
      grant();
    }
    return windows.consumeBytes(stream, arrivals.giveBack());
  }

  private void count(StreamArrivals arrivals, long before) {
    long now = arrivals.incomplete();
    if (now == before) {
      return;
    }
    if (before == 0) {
      incomplete.add(arrivals);
    } else if (now == 0) {
      incomplete.remove(arrivals);
    }
    bytes += now - before;
    all.add(now - before, this);
  }

  // ---- room for long messages -----------------------------------------------------------------

  private void grant() {
    boolean granted = false;
    for (StreamArrivals next; (next = waiting.peek()) != null && next.roomWanted() <= free; ) {
      waiting.remove();
      free -= next.roomWanted();
      next.roomGranted();
      granted |= giveBack(next);
    }
    if (granted) {
      ctx.flush();
    }
  }

  private boolean giveBack(StreamArrivals arrivals) {
    try {
      return windows.consumeBytes(arrivals.stream, arrivals.giveBack());
    } catch (Http2Exception e) {
      http2.onError(ctx, false, e);
      return false;
    }
  }

  private void leaveRoomIfDone(StreamArrivals arrivals) {
    if (arrivals.isDoneWithRoom()) {
      if (!arrivals.hasRoom()) {
        waiting.remove(arrivals);
      }
      free += arrivals.leaveRoom();
      grant();
    }
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    StreamArrivals arrivals = stream.getProperty(key);
    if (arrivals != null) {
      end(arrivals);
    }
  }

  private void end(StreamArrivals arrivals) {
    long before = arrivals.incomplete();
    arrivals.end();
    count(arrivals, before);
    leaveRoomIfDone(arrivals);
  }

  /// Ends the call with most here of a message that is not complete; of those that wait for room,
  /// if there are such, as the others will be done soon.
  void refuseOne(Status status) {
    StreamArrivals most =
        incomplete.stream()
            .max(
                Comparator.comparing((StreamArrivals arrivals) -> !arrivals.hasRoom())
                    .thenComparingLong(StreamArrivals::incomplete))
            .orElseThrow();
    end(most);
    http2.onError(
        ctx,
        false,
        Http2Exception.streamError(
            most.stream.id(),
            Http2Error.ENHANCE_YOUR_CALM,
            status.asRuntimeException(),
            "overloaded"));
  }

  // ---- the rest as gRPC has it ----------------------------------------------------------------

  @Override
  public Http2LocalFlowController frameWriter(Http2FrameWriter frameWriter) {
    windows.frameWriter(frameWriter);
    return this;
  }

  @Override
  public int unconsumedBytes(Http2Stream stream) {
    StreamArrivals arrivals = stream.getProperty(key);
    int withheld = arrivals == null ? 0 : arrivals.withheld();
    return windows.unconsumedBytes(stream) - withheld;
  }

  @Override
  public int initialWindowSize(Http2Stream stream) {
    return windows.initialWindowSize(stream);
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext context) throws Http2Exception {
    windows.channelHandlerContext(context);
  }

  @Override
  public void initialWindowSize(int newWindowSize) throws Http2Exception {
    windows.initialWindowSize(newWindowSize);
  }

  @Override
  public int initialWindowSize() {
    return windows.initialWindowSize();
  }

  @Override
  public int windowSize(Http2Stream stream) {
    return windows.windowSize(stream);
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int delta) throws Http2Exception {
    windows.incrementWindowSize(stream, delta);
  }
}

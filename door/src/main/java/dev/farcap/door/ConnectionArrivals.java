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
import io.netty.handler.codec.http2.Http2StreamVisitor;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// The receive windows of one HTTP/2 connection: those that gRPC keeps, but for long messages that
/// lead to a link, whose window is given back once there is room for them there.
///
/// A message asks for room when its reader wants it, so one that nobody reads keeps no other
/// waiting; and gets it for all of itself, so what has begun can be finished. Short ones never
/// wait.
final class ConnectionArrivals extends Http2ConnectionAdapter implements Http2LocalFlowController {
  /// Of whom a connection is, and what he may send.
  ///
  /// @param owner a user or a server
  /// @param messageBytes longest message taken; gRPC refuses longer ones
  /// @param refused counts calls ended at the bound
  record Terms(Object owner, int messageBytes, LongAdder refused) {}

  private final Arrivals all;
  private final Terms terms;
  private final ChannelHandlerContext ctx;
  private final Http2ConnectionHandler http2;
  private final Http2LocalFlowController windows;
  private final Http2Connection.PropertyKey key;
  private final Arrivals.Owner owner;
  private long bytes;
  private boolean closed;

  private ConnectionArrivals(
      Arrivals all, Terms terms, ChannelHandlerContext ctx, Http2ConnectionHandler http2) {
    this.all = all;
    this.terms = terms;
    this.ctx = ctx;
    this.http2 = http2;
    windows = http2.connection().local().flowController();
    key = http2.connection().newKey();
    owner = all.opened(this, terms.owner());
  }

  /// Puts itself before the windows of a connection that has no stream yet.
  static void guard(
      Arrivals all, Terms terms, ChannelHandlerContext ctx, Http2ConnectionHandler http2) {
    ConnectionArrivals made = new ConnectionArrivals(all, terms, ctx, http2);
    http2.connection().local().flowController(made);
    http2.connection().addListener(made);
    ctx.channel().closeFuture().addListener(_ -> made.closed());
  }

  /// HTTP/2 ends the streams after this, and reads what came before.
  private void closed() {
    count(-bytes);
    closed = true;
    all.closed(this, terms.owner());
  }

  int messageBytes() {
    return terms.messageBytes();
  }

  /// What is here of messages that are not complete.
  long bytes() {
    return bytes;
  }

  EventExecutor loop() {
    return ctx.executor();
  }

  // ---- streams --------------------------------------------------------------------------------

  @Override
  public void onStreamActive(Http2Stream stream) {
    StreamArrivals arrivals = new StreamArrivals(this, stream);
    stream.setProperty(key, arrivals);
    all.worksOn(arrivals);
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    StreamArrivals arrivals = arrivals(stream);
    if (arrivals != null) {
      end(arrivals);
    }
  }

  private void end(StreamArrivals arrivals) {
    arrivals.end();
    changed(arrivals);
  }

  private @Nullable StreamArrivals arrivals(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(key);
  }

  // ---- the windows ----------------------------------------------------------------------------

  @Override
  public void receiveFlowControlledFrame(
      Http2Stream stream, ByteBuf data, int padding, boolean endOfStream) throws Http2Exception {
    windows.receiveFlowControlledFrame(stream, data, padding, endOfStream);
    StreamArrivals arrivals = arrivals(stream);
    if (arrivals != null) {
      arrivals.arrive(data, padding);
      changed(arrivals);
    }
  }

  @Override
  public boolean consumeBytes(Http2Stream stream, int numBytes) throws Http2Exception {
    StreamArrivals arrivals = arrivals(stream);
    if (arrivals == null || numBytes == 0) {
      return windows.consumeBytes(stream, numBytes);
    }
    all.worksOn(arrivals);
    arrivals.read(numBytes);
    if (arrivals.wantsRoom()) {
      arrivals.askForRoom(() -> roomGranted(arrivals));
    }
    changed(arrivals);
    return windows.consumeBytes(stream, arrivals.giveBack());
  }

  private void roomGranted(StreamArrivals arrivals) {
    arrivals.roomGranted();
    changed(arrivals);
    try {
      if (windows.consumeBytes(arrivals.stream, arrivals.giveBack())) {
        ctx.flush();
      }
    } catch (Http2Exception e) {
      http2.onError(ctx, false, e);
    }
  }

  /// Almost nothing comes of a message that has room: others may have it meanwhile.
  void takeRoomBack(StreamArrivals arrivals) {
    arrivals.leaveRoom();
    changed(arrivals);
  }

  private void changed(StreamArrivals arrivals) {
    if (arrivals.takeRoomChange()) {
      all.roomChanged(arrivals);
    }
    count(arrivals.takeIncompleteChange());
  }

  private void count(long more) {
    if (more != 0 && !closed) {
      bytes += more;
      all.add(more, owner, loop());
    }
  }

  // ---- the bound ------------------------------------------------------------------------------

  /// Ends the call with most here of a message that is not complete and has no room.
  ///
  /// @return whether there was one
  boolean refuseOne(Status status) {
    try {
      StreamArrivals most = most();
      if (most == null) {
        return false;
      }
      terms.refused().increment();
      end(most);
      refuse(most.stream, status);
      return true;
    } catch (Http2Exception e) {
      http2.onError(ctx, false, e);
      return false;
    }
  }

  private @Nullable StreamArrivals most() throws Http2Exception {
    var most =
        new Http2StreamVisitor() {
          private @Nullable StreamArrivals found;

          @Override
          public boolean visit(Http2Stream stream) {
            StreamArrivals next = stream.getProperty(key);
            long least = found == null ? 0 : found.incomplete();
            if (next != null && next.incomplete() > least) {
              found = next;
            }
            return true;
          }
        };
    http2.connection().forEachActiveStream(most);
    return most.found;
  }

  /// A program is told by HTTP/2, and gRPC as if the program had given up: of an error it would
  /// write a line and a trace for each call. A server is told no reason, and gRPC the status.
  private void refuse(Http2Stream stream, Status status) throws Http2Exception {
    if (http2.connection().isServer()) {
      int id = stream.id();
      http2.decoder().frameListener().onRstStreamRead(ctx, id, Http2Error.CANCEL.code());
      var _ = http2.resetStream(ctx, id, Http2Error.ENHANCE_YOUR_CALM.code(), ctx.newPromise());
      ctx.flush();
    } else {
      http2.onError(
          ctx,
          false,
          Http2Exception.streamError(
              stream.id(), Http2Error.CANCEL, status.asRuntimeException(), "overloaded"));
    }
  }

  // ---- the rest as gRPC has it ----------------------------------------------------------------

  @Override
  public Http2LocalFlowController frameWriter(Http2FrameWriter frameWriter) {
    windows.frameWriter(frameWriter);
    return this;
  }

  @Override
  public int unconsumedBytes(Http2Stream stream) {
    StreamArrivals arrivals = arrivals(stream);
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

package dev.farcap.transport.shm;

import dev.farcap.transport.BriefPolling;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.SelectStrategy;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An admitted connection: two rings and two bells, and the socket of the rendezvous, whose end is
/// the end of the connection. Lives on its loop.
///
/// It takes turns. A turn writes what waits for room, delivers what has come, and then either takes
/// another turn, looks on for a while, or goes to sleep until this side's bell rings:
///
///     turn ──more──▶ turn        look ──something──▶ turn
///       └──nothing──▶ look         └──does not pay──▶ asleep ──bell──▶ turn
///
/// It ends once, by [#end], from whichever comes first: this side closes, the socket ends, a
/// violation. The memory is given back in a task of its own, or once frames that were flushed before
/// have found room, or a little while later.
final class ShmConnection extends ChannelInboundHandlerAdapter implements Connection {
  private static final Logger log = LoggerFactory.getLogger(ShmConnection.class);

  /// Frames delivered in one go, so that the others on the loop get their turn.
  private static final int BATCH_FRAMES_MAX = 256;

  /// Beside a full ring so much may wait, as with TLS.
  private static final int HIGH_WATER_BYTES = 32 << 10;

  private static final int LOW_WATER_BYTES = 16 << 10;

  /// How long frames go on after this side has closed, as with TLS.
  private static final long LINGER_SECONDS = 3;

  private final Channel channel;
  private final EventLoop loop;
  private final Principal peer;
  private final TransportCounters counters;
  private final Spinning spinning;
  private final SharedMemory memory;
  private final RingReader in;
  private final RingWriter out;
  private final Bell own;
  private final Bell theirs;
  private final BriefPolling pays;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>();
  private final ConnectionListener listener;
  private int waitingBytes;
  private int framesSent;
  private long bytesSent;
  private boolean reading = true;
  private boolean stalled;
  private boolean writableDue;
  private boolean turnDue;
  private boolean lookDue;
  private boolean farewell;
  private @Nullable String failure;
  private boolean ended;
  private boolean givenBack;
  private @Nullable Future<?> linger;

  /// Takes the memory and the bells over.
  ///
  /// @param dialler whether this is the side that dialled
  /// @param opener says who listens; may use the connection at once
  /// @throws RuntimeException if the opener does; everything is then given back
  ShmConnection(
      Channel channel,
      Principal peer,
      TransportCounters counters,
      Spinning spinning,
      SharedMemory memory,
      boolean dialler,
      Bell own,
      Bell theirs,
      Function<Connection, ConnectionListener> opener) {
    this.channel = channel;
    this.loop = channel.eventLoop();
    this.pays = new BriefPolling(loop.ticker()::nanoTime);
    this.peer = peer;
    this.counters = counters;
    this.spinning = spinning;
    this.memory = memory;
    this.in = new RingReader(memory.ring(dialler ? 0 : 1));
    this.out = new RingWriter(memory.ring(dialler ? 1 : 0));
    this.own = own;
    this.theirs = theirs;
    try {
      this.listener = opener.apply(this);
    } catch (RuntimeException mistake) {
      ended = true;
      giveBack();
      throw mistake;
    }
  }

  /// The place is taken: from now on the peer is listened to.
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (!givenBack) {
      own.listen((IoEventLoop) loop, this::turn, this::loopEnds);
    }
  }

  @Override
  public String medium() {
    return ShmMedium.NAME;
  }

  @Override
  public Principal peer() {
    return peer;
  }

  @Override
  public EventLoop eventLoop() {
    return loop;
  }

  // Sending.

  @Override
  public void send(ByteBuf frame) {
    Connection.check(frame);
    if (ended) {
      frame.release();
      counters.frameDropped();
      return;
    }
    framesSent++;
    bytesSent += frame.readableBytes();
    waitingBytes += frame.readableBytes();
    waiting.add(frame);
    write();
  }

  @Override
  public void flush() {
    if (ended) {
      return;
    }
    counters.sent(framesSent, bytesSent);
    framesSent = 0;
    bytesSent = 0;
    writeAndShow();
    if (!waiting.isEmpty()) {
      takeTurn(); // which asks to be woken
    }
  }

  /// Copies into the ring what has room there; the peer does not see it yet.
  private void write() {
    try {
      for (ByteBuf frame = waiting.peek();
          frame != null && out.offer(frame);
          frame = waiting.peek()) {
        waiting.remove();
        waitingBytes -= frame.readableBytes();
        frame.release();
      }
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    }
  }

  private void writeAndShow() {
    write();
    if (!givenBack && out.publish()) {
      theirs.ring();
    }
    if (stalled && !writableDue && waitingBytes <= LOW_WATER_BYTES) {
      writableDue = true;
      // From a task of its own: this may run within flush().
      loop.execute(this::tellWritable);
    }
  }

  @Override
  public boolean isWritable() {
    stalled |= waitingBytes >= HIGH_WATER_BYTES;
    return !stalled;
  }

  private void tellWritable() {
    writableDue = false;
    if (!ended && waitingBytes <= LOW_WATER_BYTES) {
      stalled = false;
      tell(listener::writable);
    }
  }

  // Turns.

  private void takeTurn() {
    if (!turnDue) {
      turnDue = true;
      afterNextPoll(
          () -> {
            turnDue = false;
            turn();
          });
    }
  }

  /// A plain task would be run before the loop looks at its sockets again; one that asks for the
  /// next would keep the loop from them.
  private void afterNextPoll(Runnable task) {
    var _ = loop.schedule(task, 0, TimeUnit.NANOSECONDS);
  }

  private void turn() {
    if (givenBack) {
      return;
    }
    if (!waiting.isEmpty()) {
      writeAndShow();
    }
    boolean more = !ended && deliver(false);
    if (ended && waiting.isEmpty()) {
      leave();
    } else if (more) {
      takeTurn();
    } else if (expectsSomething()) {
      goOn();
    }
  }

  private boolean expectsSomething() {
    return !givenBack && (expectsFrames() || !waiting.isEmpty());
  }

  private boolean expectsFrames() {
    return reading && !ended;
  }

  private void goOn() {
    switch (spinning) {
      case OFF -> sleep();
      case BRIEF -> look();
      case ALWAYS -> takeTurn();
    }
  }

  private void look() {
    if (lookDue) {
      return;
    }
    try {
      switch (pays.calculateStrategy(this::somethingToDo, false)) {
        case SelectStrategy.SELECT -> sleep();
        case 0 -> lookAgain();
        default -> takeTurn();
      }
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private void lookAgain() {
    lookDue = true;
    afterNextPoll(
        () -> {
          lookDue = false;
          if (expectsSomething()) {
            look();
          }
        });
  }

  private int somethingToDo() {
    boolean frames = expectsFrames() && in.hasFrame();
    ByteBuf next = waiting.peek();
    boolean room = next != null && out.hasRoomFor(next);
    return frames || room ? 1 : 0;
  }

  private void sleep() {
    try {
      boolean asleep = !expectsFrames() || in.sleep();
      ByteBuf next = waiting.peek();
      if (next != null) {
        asleep &= out.waitForRoom(next);
      }
      if (!asleep) {
        takeTurn();
      }
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    }
  }

  // Deliveries.

  @Override
  public void setReading(boolean reading) {
    if (!ended) {
      this.reading = reading;
      if (reading) {
        takeTurn();
      }
    }
  }

  /// @param last deliver whether or not reading is stopped
  /// @return whether there may be more at once
  private boolean deliver(boolean last) {
    int frames = 0;
    long bytes = 0;
    try {
      while (!ended && (reading || last) && frames < BATCH_FRAMES_MAX) {
        ByteBuf frame = in.take(channel.alloc());
        if (frame == null) {
          break;
        }
        frames++;
        bytes += frame.readableBytes();
        listener.frame(frame);
      }
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    } catch (RuntimeException mistake) {
      endByMistake(mistake);
    }
    if (frames > 0) {
      counters.received(frames, bytes);
      if (in.wokeWriter()) {
        theirs.ring();
      }
      if (!ended) {
        tell(listener::readComplete);
      }
    }
    return frames == BATCH_FRAMES_MAX;
  }

  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException mistake) {
      endByMistake(mistake);
    }
  }

  // What comes from the socket: its end.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
    if (!ended) {
      counters.frameMalformed();
      end("malformed shared memory: the peer speaks beside it");
      leave();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent close && close.isSuccess()) {
      farewell = true;
      var _ = ctx.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean aftermath =
        cause instanceof ClosedChannelException || cause instanceof SslClosedEngineException;
    if (failure == null && !aftermath) {
      failure = TlsFailure.describe(cause);
    }
    var _ = ctx.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    deliverRest();
    end(endOfStream());
    leave();
  }

  private void deliverRest() {
    if (ended) {
      return;
    }
    try {
      in.end();
      while (deliver(true)) {
        // There is at most a ring of it.
      }
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    }
  }

  private String endOfStream() {
    if (farewell) {
      return "the peer closed the connection";
    }
    return failure == null ? "the connection broke off" : failure;
  }

  // The end.

  @Override
  public void close(String reason) {
    if (ended) {
      return;
    }
    flush();
    end(reason);
    if (waiting.isEmpty()) {
      leave();
    } else {
      linger = loop.schedule(this::leave, LINGER_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void endBy(Ring.ViolationException violation) {
    if (!ended) {
      counters.frameMalformed();
    }
    end(String.valueOf(violation.getMessage()));
    leave();
  }

  private void endByMistake(RuntimeException mistake) {
    log.error("listener of the connection of {} failed", peer.name(), mistake);
    close("a mistake at this end: " + mistake);
  }

  private void end(String reason) {
    if (ended) {
      return;
    }
    ended = true;
    counters.connectionClosed();
    loop.execute(() -> listener.closed(reason));
  }

  /// Says farewell and gives everything back, the memory from a task of its own: this may run in
  /// the midst of what reads it.
  private void leave() {
    if (linger != null) {
      linger.cancel(false);
    }
    var _ = channel.close();
    loop.execute(this::giveBack);
  }

  private void loopEnds() {
    end("the event loop has ended");
    giveBack();
    var _ = channel.close();
  }

  private void giveBack() {
    if (givenBack) {
      return;
    }
    givenBack = true;
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    waitingBytes = 0;
    own.close();
    theirs.close();
    memory.close();
  }
}

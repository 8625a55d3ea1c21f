package dev.farcap.transport.shm;

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
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslClosedEngineException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An admitted connection: what the two sides share, and the socket of the rendezvous, whose end is
/// the end of the connection. [Turns] says when it works. Lives on its loop.
///
/// It ends once, by [#end], from whichever comes first: this side closes, the socket ends, a
/// violation, a mistake of the listener. What is shared is given back in a task of its own, or once
/// frames that were flushed before have found room, or a little while later.
final class ShmConnection extends ChannelInboundHandlerAdapter implements Connection {
  private static final Logger log = LoggerFactory.getLogger(ShmConnection.class);

  /// Frames delivered in one turn, so that the others on the loop get theirs.
  private static final int BATCH_FRAMES_MAX = 256;

  /// And their bytes, of which a peer that goes on writing could bring any number.
  private static final int BATCH_BYTES_MAX = 128 << 10;

  /// How long frames go on after this side has closed, as with TLS.
  private static final long LINGER_SECONDS = 3;

  private final Channel channel;
  private final EventLoop loop;
  private final Principal peer;
  private final TransportCounters counters;
  private final Shared shared;
  private final RingReader in;
  private final Outgoing out;
  private final Turns turns;
  private final ConnectionListener listener;
  private boolean reading = true;
  private boolean writableDue;
  private boolean farewell;
  private @Nullable String failure;
  private boolean ended;
  private boolean givenBack;
  private @Nullable Future<?> linger;

  /// @param shared its own from now on
  /// @param opener says who listens; may use the connection at once
  /// @throws RuntimeException if the opener does, or an error; everything is then given back
  ShmConnection(
      Channel channel,
      Principal peer,
      TransportCounters counters,
      Spinning spinning,
      Shared shared,
      Function<Connection, ConnectionListener> opener) {
    this.channel = channel;
    this.loop = channel.eventLoop();
    this.peer = peer;
    this.counters = counters;
    this.shared = shared;
    this.in = new RingReader(shared.in());
    this.out = new Outgoing(new RingWriter(shared.out()), counters);
    this.turns = new Turns(loop, spinning, new Batches());
    try {
      this.listener = opener.apply(this);
    } catch (RuntimeException | Error mistake) {
      ended = true;
      giveBack();
      throw mistake;
    }
  }

  /// The place is taken: from now on the peer is listened to.
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (!givenBack) {
      tell(() -> shared.own().listen((IoEventLoop) loop, turns::turn, this::gone));
      turns.take();
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
    try {
      out.add(frame);
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    }
  }

  @Override
  public void flush() {
    if (ended) {
      return;
    }
    try {
      show();
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    }
    if (out.isWaiting()) {
      turns.take(); // which asks to be woken
    }
  }

  private void show() {
    if (out.show()) {
      shared.theirs().ring();
    }
    if (!writableDue && out.mayGoOn()) {
      writableDue = true;
      // From a task of its own: this may run within flush().
      loop.execute(() -> tell(this::tellWritable));
    }
  }

  @Override
  public boolean isWritable() {
    try {
      if (!ended && out.stall()) {
        turns.take(); // which asks to be woken
      }
    } catch (Ring.ViolationException violation) {
      endBy(violation);
    }
    return !ended && !out.isStalled();
  }

  private void tellWritable() {
    writableDue = false;
    if (ended) {
      return;
    }
    if (out.mayGoOn()) {
      out.goOn();
      listener.writable();
    } else {
      turns.take();
    }
  }

  // Deliveries.

  @Override
  public void setReading(boolean reading) {
    if (!ended) {
      this.reading = reading;
      if (reading) {
        turns.take();
      }
    }
  }

  /// @param last deliver whether or not reading is stopped
  /// @return whether there may be more at once
  private boolean deliver(boolean last) {
    int frames = 0;
    long bytes = 0;
    try {
      while (!ended && (reading || last) && frames < BATCH_FRAMES_MAX && bytes < BATCH_BYTES_MAX) {
        ByteBuf frame = in.take(channel.alloc());
        if (frame == null) {
          break;
        }
        frames++;
        bytes += frame.readableBytes();
        listener.frame(frame);
      }
    } catch (RuntimeException | Error failure) {
      endBy(failure);
    }
    if (frames > 0) {
      delivered(frames, bytes);
    }
    return !ended && (frames == BATCH_FRAMES_MAX || bytes >= BATCH_BYTES_MAX);
  }

  private void delivered(int frames, long bytes) {
    counters.received(frames, bytes);
    if (in.publish()) {
      shared.theirs().ring();
    }
    if (!ended) {
      tell(listener::readComplete);
    }
  }

  /// What is done in a turn: what waits is written, what has come is delivered.
  private final class Batches implements Turns.Work {
    @Override
    public boolean work() {
      if (givenBack) {
        return false;
      }
      if (expectsRoom()) {
        show();
      }
      boolean more = !ended && deliver(false);
      if (ended && !out.isWaiting()) {
        leave();
      }
      return more;
    }

    @Override
    public boolean isExpecting() {
      return !givenBack && (expectsFrames() || expectsRoom());
    }

    private boolean expectsFrames() {
      return reading && !ended;
    }

    private boolean expectsRoom() {
      return out.isWaiting() || (!ended && out.isStalled() && !writableDue);
    }

    @Override
    public boolean isDue() {
      return (expectsFrames() && in.hasFrame()) || (expectsRoom() && out.hasRoom());
    }

    @Override
    public boolean sleep() {
      boolean asleep = !expectsFrames() || in.sleep();
      return (!expectsRoom() || out.awaitRoom()) && asleep;
    }

    @Override
    public void failed(Throwable failure) {
      endBy(failure);
    }
  }

  // What comes from the socket: its end.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
    if (!ended) {
      endBy(new Ring.ViolationException("the peer speaks beside it"));
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
    tell(this::deliverRest);
    end(endOfStream());
    leave();
  }

  private void deliverRest() {
    if (ended) {
      return;
    }
    in.end();
    while (deliver(true)) {
      // There is at most a ring of it.
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
    if (out.isWaiting()) {
      linger = loop.schedule(this::leave, LINGER_SECONDS, TimeUnit.SECONDS);
    } else {
      leave();
    }
  }

  /// Calls the listener, or the ring; what fails ends this connection and nothing else.
  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException | Error failure) {
      endBy(failure);
    }
  }

  private void endBy(Throwable failure) {
    if (failure instanceof Ring.ViolationException violation) {
      if (!ended) {
        counters.frameMalformed();
      }
      end(String.valueOf(violation.getMessage()));
      leave();
      return;
    }
    log.error("connection of {} failed", peer.name(), failure);
    if (!ended) {
      end("a mistake at this end: " + failure);
      leave();
    }
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

  /// The bell is heard no more.
  private void gone(String reason) {
    end(reason);
    giveBack();
    var _ = channel.close();
  }

  private void giveBack() {
    if (givenBack) {
      return;
    }
    givenBack = true;
    out.discard();
    shared.close();
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.PathFacts;
import dev.farcap.transport.Principal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A connection over a [FaultyLine]: another connection behind two [Lane]s.
///
/// It may end before the one behind it does: a farewell is as late as the frames before it, passes
/// no direction that is held, and after a loss that only this side knows of there is none. Lives on
/// the loop of the connection behind it.
final class FaultyConnection implements Connection {
  private static final Logger log = LoggerFactory.getLogger(FaultyConnection.class);

  /// How long frames go on after this side has closed, as a kernel's do.
  private static final long LINGER_SECONDS = 10;

  private final FaultyLine line;
  private final Connection behind;
  private final EventLoop loop;
  private final Lane out;
  private final Lane in;
  private final ArrayDeque<ByteBuf> unflushed = new ArrayDeque<>();
  private final ConnectionListener listener;
  private int unflushedBytes;
  private boolean reading = true;
  private boolean readingBehind = true;
  private boolean stalled;
  private boolean writableDue;
  private boolean ended;
  private boolean endedBehind;
  private boolean lingered;
  private String farewell = "";
  private String endBehind = "";
  private @Nullable Future<?> linger;

  /// @param seed of this connection's delays
  /// @param opener says who listens; may use the connection at once
  FaultyConnection(
      FaultyLine line,
      long seed,
      Connection behind,
      Function<Connection, ConnectionListener> opener) {
    this.line = line;
    this.behind = behind;
    this.loop = behind.eventLoop();
    this.out = lane(Direction.OUT, seed, new ToOther());
    this.in = lane(Direction.IN, ~seed, new ToListener());
    // Whoever listens may command the line at once.
    line.remember(this);
    try {
      this.listener = opener.apply(this);
    } catch (RuntimeException | Error mistake) {
      line.forget(this);
      throw mistake;
    }
  }

  private Lane lane(Direction direction, long seed, Lane.Exit exit) {
    return new Lane(loop, seed, () -> line.condition(direction), exit, line.lost(direction));
  }

  /// Who listens to the connection behind.
  ConnectionListener listensBehind() {
    return new Behind();
  }

  @Override
  public String medium() {
    return behind.medium();
  }

  @Override
  public Principal peer() {
    return behind.peer();
  }

  @Override
  public EventLoop eventLoop() {
    return loop;
  }

  @Override
  public void send(ByteBuf frame) {
    Connection.check(frame);
    if (ended) {
      frame.release();
      line.lost(Direction.OUT).increment();
      return;
    }
    unflushedBytes += frame.readableBytes();
    unflushed.add(frame);
  }

  @Override
  public void flush() {
    for (ByteBuf frame = unflushed.poll(); frame != null; frame = unflushed.poll()) {
      out.enter(frame);
    }
    unflushedBytes = 0;
    out.pump();
  }

  @Override
  public boolean isWritable() {
    stalled |= unflushedBytes + out.waitingBytes() >= Lane.HIGH_WATER_BYTES;
    return !stalled;
  }

  @Override
  public void setReading(boolean reading) {
    this.reading = reading;
    if (reading) {
      loop.execute(in::pump);
    }
  }

  /// Of the medium behind: what this line adds is nowhere in it.
  @Override
  public @Nullable PathFacts path() {
    return behind.path();
  }

  @Override
  public void close(String reason) {
    if (end(reason)) {
      farewell = reason;
      out.end();
      out.pump();
      if (!endedBehind) {
        linger = loop.schedule(this::lingered, LINGER_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  // What is commanded, on the loop.

  /// Has something be done on the loop, if there is one still.
  void onLoop(Runnable action) {
    try {
      loop.execute(action);
    } catch (RejectedExecutionException _) {
      // The loop has ended, and its connections with it.
    }
  }

  /// The condition of the line has changed.
  void changed() {
    in.pump();
    out.pump();
    if (lingered) {
      lingered();
    }
  }

  /// Both sides lose the connection, and what was under way.
  void cut(String reason) {
    var _ = end(reason);
    out.discard();
    behind.close(reason);
  }

  /// This side loses the connection, and the other does not hear of it.
  void lose(String reason) {
    if (end(reason)) {
      out.discard();
    }
  }

  /// Gives back what lives on only to keep the other side from hearing of an end.
  void giveBack() {
    if (ended) {
      behind.close("the line is closed");
    }
  }

  // The end.

  private boolean end(String reason) {
    if (ended) {
      return false;
    }
    ended = true;
    line.lost(Direction.OUT).add(unflushed.size());
    unflushed.forEach(ByteBuf::release);
    unflushed.clear();
    in.discard();
    // What still comes is dropped, so that the end of the connection behind is seen.
    behind.setReading(true);
    loop.execute(() -> listener.closed(reason));
    forgetOnceOver();
    return true;
  }

  private void lingered() {
    lingered = true;
    out.discard();
    if (!line.condition(Direction.OUT).held()) {
      behind.close(farewell);
    }
  }

  private void forgetOnceOver() {
    if (ended && endedBehind) {
      line.forget(this);
    }
  }

  private void tell(Runnable event) {
    try {
      event.run();
    } catch (RuntimeException | Error mistake) {
      log.error("listener of the connection of {} failed", peer().name(), mistake);
      close("a mistake at this end: " + mistake);
    }
  }

  /// Where frames of this side arrive.
  private final class ToOther implements Lane.Exit {
    @Override
    public boolean isOpen() {
      return behind.isWritable();
    }

    @Override
    public void frame(ByteBuf frame) {
      behind.send(frame);
    }

    @Override
    public void pause() {
      behind.flush();
    }

    @Override
    public void end() {
      behind.close(farewell);
    }

    @Override
    public void moved() {
      if (stalled && !writableDue && mayGoOn()) {
        writableDue = true;
        // From a task of its own: this may run within flush().
        loop.execute(this::tellWritable);
      }
    }

    private boolean mayGoOn() {
      return unflushedBytes + out.waitingBytes() <= Lane.LOW_WATER_BYTES;
    }

    private void tellWritable() {
      writableDue = false;
      if (!ended && mayGoOn()) {
        stalled = false;
        tell(listener::writable);
      }
    }
  }

  /// Where frames of the other side arrive.
  private final class ToListener implements Lane.Exit {
    @Override
    public boolean isOpen() {
      return !ended && (reading || in.isEnding());
    }

    @Override
    public void frame(ByteBuf frame) {
      tell(() -> listener.frame(frame));
    }

    @Override
    public void pause() {
      if (!ended) {
        tell(listener::readComplete);
      }
    }

    @Override
    public void end() {
      var _ = FaultyConnection.this.end(endBehind);
    }

    @Override
    public void moved() {
      if (readingBehind
          ? in.waitingBytes() >= Lane.HIGH_WATER_BYTES
          : in.waitingBytes() <= Lane.LOW_WATER_BYTES) {
        readingBehind = !readingBehind;
        behind.setReading(readingBehind || ended);
      }
    }
  }

  /// Hears the connection behind.
  private final class Behind implements ConnectionListener {
    @Override
    public void frame(ByteBuf frame) {
      in.enter(frame);
    }

    @Override
    public void readComplete() {
      in.pump();
    }

    @Override
    public void writable() {
      out.pump();
    }

    @Override
    public void closed(String reason) {
      endedBehind = true;
      endBehind = reason;
      out.discard();
      if (linger != null) {
        linger.cancel(false);
      }
      in.end();
      in.pump();
      forgetOnceOver();
    }
  }
}

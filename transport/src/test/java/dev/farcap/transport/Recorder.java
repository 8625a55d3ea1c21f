package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// One end of a connection as tests use it: notes what the listener hears, and calls the connection
/// on its loop. May be used by any thread.
public final class Recorder implements ConnectionListener {
  private static final long AWAIT_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private final Connection connection;
  private final List<byte[]> frames = new ArrayList<>();
  private final List<String> closed = new ArrayList<>();
  private final List<String> events = new ArrayList<>();
  private Consumer<Recorder> onFrame = _ -> {};
  private Consumer<Recorder> onWritable = _ -> {};
  private boolean withinMethod;

  public Recorder(Connection connection) {
    this.connection = connection;
  }

  // What is heard.

  @Override
  public void frame(ByteBuf frame) {
    byte[] bytes = ByteBufUtil.getBytes(frame);
    frame.release();
    note("frame", () -> frames.add(bytes));
    onFrame.accept(this);
  }

  @Override
  public void readComplete() {
    note("readComplete", () -> {});
  }

  @Override
  public void writable() {
    note("writable", () -> {});
    onWritable.accept(this);
  }

  @Override
  public void closed(String reason) {
    note("closed", () -> closed.add(reason));
  }

  private synchronized void note(String event, Runnable change) {
    if (withinMethod) {
      events.add(event + " within a method");
    }
    if (!connection.eventLoop().inEventLoop()) {
      events.add(event + " outside the loop");
    }
    change.run();
    events.add(event);
    notifyAll();
  }

  public synchronized List<byte[]> frames() {
    return List.copyOf(frames);
  }

  public synchronized int frameCount() {
    return frames.size();
  }

  public synchronized List<String> closedReasons() {
    return List.copyOf(closed);
  }

  /// `frame`, `readComplete`, `writable`, `closed` in the order heard, and complaints.
  public synchronized List<String> events() {
    return List.copyOf(events);
  }

  // Waiting.

  public void awaitFrames(int count) {
    await(count + " frames", () -> frames.size() >= count);
  }

  public String awaitClosed() {
    await("the end", () -> !closed.isEmpty());
    return closedReasons().getFirst();
  }

  public synchronized void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + AWAIT_NANOS;
    while (!condition.getAsBoolean()) {
      long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (left <= 0) {
        fail("no " + what + "; " + frames.size() + " frames, closed " + closed);
      }
      try {
        wait(left);
      } catch (InterruptedException interrupted) {
        throw new AssertionError(interrupted);
      }
    }
  }

  // What is done, on the loop.

  public Connection connection() {
    return connection;
  }

  /// Runs on the loop at each frame, after it was noted.
  public Recorder onFrame(Consumer<Recorder> action) {
    onLoop(() -> onFrame = action);
    return this;
  }

  public Recorder onWritable(Consumer<Recorder> action) {
    onLoop(() -> onWritable = action);
    return this;
  }

  public void send(byte[]... contents) {
    onLoop(
        () -> {
          for (byte[] content : contents) {
            method(() -> connection.send(buffer(content)));
          }
          method(connection::flush);
        });
  }

  public void close(String reason) {
    onLoop(() -> method(() -> connection.close(reason)));
  }

  public void setReading(boolean reading) {
    onLoop(() -> method(() -> connection.setReading(reading)));
  }

  /// Calls the connection, on its loop already, and notes if the listener hears anything meanwhile.
  public void method(Runnable call) {
    withinMethod = true;
    try {
      call.run();
    } finally {
      withinMethod = false;
    }
  }

  public void onLoop(Runnable action) {
    if (connection.eventLoop().inEventLoop()) {
      action.run();
      return;
    }
    assertTrue(
        connection.eventLoop().submit(action).awaitUninterruptibly(20, TimeUnit.SECONDS),
        "the loop is stuck");
  }

  // Beginning and waiting without an end at hand.

  /// Dials; what listens is a recorder. A failure completes with an [IOException] of its reason.
  public static CompletableFuture<Recorder> dial(Dialer dialer, String address, EventLoop loop) {
    CompletableFuture<Recorder> outcome = new CompletableFuture<>();
    dialer.dial(
        address,
        loop,
        new Dialer.DialHandler() {
          @Override
          public ConnectionListener connected(Connection connection) {
            Recorder near = new Recorder(connection);
            outcome.complete(near);
            return near;
          }

          @Override
          public void failed(String reason) {
            outcome.completeExceptionally(new IOException(reason));
          }
        });
    return outcome.orTimeout(AWAIT_NANOS, TimeUnit.NANOSECONDS);
  }

  /// The reason of a dial that must fail.
  public static String reasonOf(CompletableFuture<Recorder> failing) {
    CompletionException thrown = assertThrows(CompletionException.class, failing::join);
    IOException failure = assertInstanceOf(IOException.class, thrown.getCause());
    return String.valueOf(failure.getMessage());
  }

  /// Awaits what nothing announces.
  public static void awaitThat(String what, BooleanSupplier condition) {
    awaitThat(() -> what, condition);
  }

  /// Likewise.
  ///
  /// @param what is said at the end if it has not come
  public static void awaitThat(Supplier<String> what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + AWAIT_NANOS;
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, () -> "no " + what.get());
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  public static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  public static ByteBuf buffer(byte[] content) {
    return UnpooledByteBufAllocator.DEFAULT.directBuffer(content.length).writeBytes(content);
  }
}

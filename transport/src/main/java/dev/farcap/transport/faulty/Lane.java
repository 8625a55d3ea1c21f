package dev.farcap.transport.faulty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.ArrayDeque;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One direction of a [FaultyConnection].
///
///     enter ──▶ waiting ──bandwidth──▶ travelling ──latency, jitter──▶ exit
///
/// Order is kept: a frame leaves after the one before has left, and arrives after it has arrived.
/// What waits is what the writer is told to bound; what travels is bounded by a window, as a
/// network's is, so that a reader that stands still stops the writer at last. The n-th frame is late
/// by the n-th number of the seed, whatever the clock does. Lives on its loop, by the loop's ticker.
final class Lane {
  /// Above this many bytes waiting the writer should wait: as much as other media keep.
  static final int HIGH_WATER_BYTES = 128 << 10;

  /// Down to this many the writer is told to go on.
  static final int LOW_WATER_BYTES = 64 << 10;

  /// Bytes on their way: what 40 MB/s at 100 ms need.
  static final int WINDOW_BYTES_MAX = 4 << 20;

  private static final long NEVER = Long.MAX_VALUE;

  private final EventLoop loop;
  private final SplittableRandom random;
  private final Supplier<Condition> condition;
  private final Exit exit;
  private final LongAdder lost;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final ArrayDeque<Travelling> travelling = new ArrayDeque<>();
  private int waitingBytes;
  private int travellingBytes;
  private long leftNanos;
  private long arrivedNanos;
  private boolean stopped;
  private boolean windowFull;
  private boolean ending;
  private long endNanos = NEVER;
  private boolean ended;
  private @Nullable Future<?> timer;
  private long timerNanos = NEVER;

  /// What a command has made of the direction.
  ///
  /// @param held nothing moves
  record Condition(LineQuality quality, boolean held) {}

  /// Where the frames arrive.
  interface Exit {
    /// Whether frames may arrive now; if not, [Lane#pump] is to be called once they may.
    boolean isOpen();

    /// A frame arrives; it is the exit's from now on.
    void frame(ByteBuf frame);

    /// For now it was the last.
    void pause();

    /// It was the last of all.
    void end();

    /// Some may have moved: the moment to look at what waits.
    void moved();
  }

  private record Waiting(ByteBuf frame, long enteredNanos) {}

  private record Travelling(ByteBuf frame, long arrivesNanos) {}

  /// @param lost counts frames that do not arrive
  Lane(EventLoop loop, long seed, Supplier<Condition> condition, Exit exit, LongAdder lost) {
    this.loop = loop;
    this.random = new SplittableRandom(seed);
    this.condition = condition;
    this.exit = exit;
    this.lost = lost;
    this.leftNanos = now();
    this.arrivedNanos = leftNanos;
  }

  /// Takes over a frame; [#pump] moves it.
  void enter(ByteBuf frame) {
    if (ended) {
      frame.release();
      lost.increment();
      return;
    }
    waitingBytes += frame.readableBytes();
    waiting.add(new Waiting(frame, now()));
    exit.moved();
  }

  /// No frame follows. The end takes as long as a frame would.
  void end() {
    ending = true;
  }

  int waitingBytes() {
    return waitingBytes;
  }

  boolean isEnding() {
    return ending;
  }

  /// Moves what is due, and sees to it that the rest moves when it is.
  void pump() {
    if (ended) {
      return;
    }
    Condition now = condition.get();
    if (now.held()) {
      stopped = true;
    } else {
      goOn();
      depart(now.quality());
      arrive();
      depart(now.quality()); // The window may have room now.
      finish(now.quality());
      schedule(now.quality());
    }
    exit.moved();
  }

  /// What waited while nothing moved leaves from now on, not all at once.
  private void goOn() {
    if (stopped) {
      stopped = false;
      leftNanos = Math.max(leftNanos, now());
    }
  }

  private void depart(LineQuality quality) {
    long now = now();
    for (Waiting head = waiting.peek(); head != null; head = waiting.peek()) {
      if (travellingBytes >= WINDOW_BYTES_MAX) {
        windowFull = true;
        return;
      }
      if (windowFull) {
        windowFull = false;
        leftNanos = Math.max(leftNanos, now);
      }
      long leaves = leaves(head, quality);
      if (leaves > now) {
        return;
      }
      waiting.remove();
      leftNanos = leaves;
      int bytes = head.frame().readableBytes();
      waitingBytes -= bytes;
      travellingBytes += bytes;
      travelling.add(new Travelling(head.frame(), arrival(leaves, quality)));
    }
  }

  private long leaves(Waiting head, LineQuality quality) {
    return Math.max(leftNanos, head.enteredNanos())
        + quality.costNanos(head.frame().readableBytes());
  }

  private long arrival(long leftNanos, LineQuality quality) {
    long jitterNanos = (long) (random.nextDouble() * quality.jitter().toNanos());
    arrivedNanos = Math.max(arrivedNanos, leftNanos + quality.latency().toNanos() + jitterNanos);
    return arrivedNanos;
  }

  private void arrive() {
    boolean any = false;
    for (Travelling head = travelling.peek();
        head != null && head.arrivesNanos() <= now() && exit.isOpen();
        head = travelling.peek()) {
      travelling.remove();
      travellingBytes -= head.frame().readableBytes();
      any = true;
      exit.frame(head.frame());
    }
    if (any) {
      exit.pause();
    }
  }

  private void finish(LineQuality quality) {
    if (!ending || ended || !waiting.isEmpty()) {
      return;
    }
    if (endNanos == NEVER) {
      endNanos = arrival(now(), quality);
    }
    if (travelling.isEmpty() && endNanos <= now()) {
      discard();
      exit.end();
    }
  }

  private void schedule(LineQuality quality) {
    if (ended) {
      return;
    }
    long next = endNanos > now() ? endNanos : NEVER;
    Waiting first = waiting.peek();
    if (first != null && !windowFull) {
      next = Math.min(next, leaves(first, quality));
    }
    Travelling nearest = travelling.peek();
    if (nearest != null && exit.isOpen()) {
      next = Math.min(next, nearest.arrivesNanos());
    }
    if (next < timerNanos) {
      wakeAt(next);
    }
  }

  private void wakeAt(long nanos) {
    cancelTimer();
    timerNanos = nanos;
    timer = loop.schedule(this::wake, Math.max(0, nanos - now()), TimeUnit.NANOSECONDS);
  }

  private void wake() {
    timer = null;
    timerNanos = NEVER;
    pump();
  }

  private void cancelTimer() {
    if (timer != null) {
      timer.cancel(false);
      timer = null;
      timerNanos = NEVER;
    }
  }

  /// Drops everything; nothing moves from now on.
  void discard() {
    ended = true;
    cancelTimer();
    lost.add(waiting.size() + travelling.size());
    waiting.forEach(frame -> frame.frame().release());
    waiting.clear();
    travelling.forEach(frame -> frame.frame().release());
    travelling.clear();
    waitingBytes = 0;
    travellingBytes = 0;
  }

  private long now() {
    return loop.ticker().nanoTime();
  }
}

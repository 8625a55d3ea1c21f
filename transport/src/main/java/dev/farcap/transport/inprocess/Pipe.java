package dev.farcap.transport.inprocess;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// One direction of an in-process connection: a queue of frames from the writer's loop to the
/// reader's, with a count of the bytes under way.
///
/// No wake-up is lost. The writer sets `stalled` before the frame that caused it is put, so the
/// reader, who takes that frame later, sees it. The reader clears `announced` before it looks into
/// the queue, so a frame put after that look is announced anew.
final class Pipe {
  /// Above this many bytes under way the writer should wait.
  static final int HIGH_WATER_BYTES = 128 << 10;

  /// Down to this many the writer is told to go on.
  static final int LOW_WATER_BYTES = 64 << 10;

  private final EventLoop writer;
  private final EventLoop reader;
  private final Queue<ByteBuf> frames = new ConcurrentLinkedQueue<>();
  private final AtomicInteger bytes = new AtomicInteger();
  private final AtomicBoolean stalled = new AtomicBoolean();
  private final AtomicBoolean announced = new AtomicBoolean();
  private volatile boolean ended;
  private volatile @Nullable Runnable readable;
  private volatile @Nullable Runnable writable;

  Pipe(EventLoop writer, EventLoop reader) {
    this.writer = writer;
    this.reader = reader;
  }

  // The writer's side, on its loop.

  void onWritable(Runnable action) {
    writable = action;
  }

  /// Counts a frame that will be put.
  void reserve(int frameBytes) {
    if (bytes.addAndGet(frameBytes) >= HIGH_WATER_BYTES) {
      stalled.set(true);
    }
  }

  boolean isWritable() {
    return !stalled.get();
  }

  void put(ByteBuf frame) {
    frames.add(frame);
  }

  /// No frame follows.
  void end() {
    ended = true;
    announce();
  }

  /// Has the reader look into the queue, on its own loop. Either side may call it.
  ///
  /// @return false if the reader's loop is gone; what was in the queue is then released
  boolean announce() {
    if (!announced.compareAndSet(false, true)) {
      return true;
    }
    try {
      reader.execute(this::tell);
      return true;
    } catch (RejectedExecutionException _) {
      announced.set(false);
      discard();
      return false;
    }
  }

  private void tell() {
    announced.set(false);
    Runnable action = readable;
    if (action != null) {
      action.run();
    }
  }

  // The reader's side, on its loop.

  void onReadable(Runnable action) {
    readable = action;
    announce();
  }

  boolean isEnded() {
    return ended;
  }

  boolean isEmpty() {
    return frames.isEmpty();
  }

  @Nullable ByteBuf poll() {
    ByteBuf frame = frames.poll();
    if (frame != null) {
      int left = bytes.addAndGet(-frame.readableBytes());
      if (left <= LOW_WATER_BYTES && stalled.compareAndSet(true, false)) {
        tellWriter();
      }
    }
    return frame;
  }

  private void tellWriter() {
    try {
      writer.execute(
          () -> {
            Runnable action = writable;
            if (action != null) {
              action.run();
            }
          });
    } catch (RejectedExecutionException _) {
      // The writer's loop is gone and nobody waits.
    }
  }

  void discard() {
    for (ByteBuf frame = frames.poll(); frame != null; frame = frames.poll()) {
      frame.release();
    }
  }
}

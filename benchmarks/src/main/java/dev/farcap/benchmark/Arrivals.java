package dev.farcap.benchmark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// When each of several readers had the content that is expected. Readers call from any thread.
final class Arrivals {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private final int readers;
  private final List<Long> times = new ArrayList<>();
  private byte @Nullable [] expected;
  private @Nullable Throwable failure;

  Arrivals(int readers) {
    this.readers = readers;
  }

  /// From now on only this content counts; before the first, any.
  synchronized void expect(byte[] content) {
    expected = content;
    times.clear();
  }

  synchronized void arrived(byte[] content) {
    if (expected == null || Arrays.equals(expected, content)) {
      times.add(System.nanoTime());
      notifyAll();
    }
  }

  synchronized void failed(Throwable cause) {
    failure = cause;
    notifyAll();
  }

  /// Waits until every reader has it.
  ///
  /// @return their times
  /// @throws IllegalStateException if one has failed, or does not get it in time
  synchronized List<Long> await() {
    long end = System.nanoTime() + PATIENCE_NANOS;
    try {
      while (times.size() < readers) {
        long leftMs = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (failure != null || leftMs <= 0) {
          throw new IllegalStateException(
              times.size() + " of " + readers + " readers have the content; " + failure);
        }
        wait(leftMs);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while readers were awaited", e);
    }
    return List.copyOf(times);
  }
}

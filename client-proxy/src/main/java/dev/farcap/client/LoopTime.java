package dev.farcap.client;

import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/// The loop's time, so that tests can own it.
interface LoopTime {
  /// Nanoseconds since some instant.
  long nanoTime();

  /// Runs something on the loop later.
  void schedule(Runnable task, long delayNanos);

  static LoopTime of(EventLoop loop) {
    return new LoopTime() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public void schedule(Runnable task, long delayNanos) {
        var _ = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
      }
    };
  }
}

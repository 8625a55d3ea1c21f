package dev.farcap.stub;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// The executor of one call's callbacks: whoever waits for the call runs them.
///
/// So a message goes from the network's thread straight to its reader, who also decodes it, and no
/// pool is needed in between. Callbacks run one at a time, in order. Once [#abandon()] was called,
/// and nobody waits any more, they run where they come from.
///
/// Waiters look at what callbacks write without holding a lock: that must be volatile or
/// concurrent. Thread-safe; any number of threads may wait.
final class CallEvents implements Executor {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private boolean running;
  private boolean abandoned;

  @Override
  public void execute(Runnable event) {
    lock.lock();
    try {
      waiting.add(event);
      changed.signalAll();
      if (abandoned) {
        runWaiting();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Runs callbacks until the condition holds.
  void await(BooleanSupplier condition) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (!condition.getAsBoolean()) {
        if (running || waiting.isEmpty()) {
          changed.await();
        } else {
          runNext();
        }
      }
    } finally {
      if (abandoned) {
        runWaiting();
      }
      lock.unlock();
    }
  }

  /// Nobody will wait any more; who does wakes up and looks at its condition.
  void abandon() {
    lock.lock();
    try {
      abandoned = true;
      changed.signalAll();
      runWaiting();
    } finally {
      lock.unlock();
    }
  }

  private void runWaiting() {
    while (!running && !waiting.isEmpty()) {
      runNext();
    }
  }

  /// With the lock held, which is free while the callback runs.
  private void runNext() {
    Runnable event = waiting.remove();
    running = true;
    lock.unlock();
    try {
      event.run();
    } finally {
      lock.lock();
      running = false;
      changed.signalAll();
    }
  }
}

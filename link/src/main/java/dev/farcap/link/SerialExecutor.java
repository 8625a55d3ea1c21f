package dev.farcap.link;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Runs the tasks of one call one after the other on an executor that may have many threads, so
/// that listeners see their callbacks in order and never two at a time.
final class SerialExecutor implements Executor, Runnable {
  private final Executor executor;
  private final Queue<Runnable> tasks = new ArrayDeque<>(4);
  private boolean running;

  SerialExecutor(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (tasks) {
      tasks.add(task);
      if (running) {
        return;
      }
      running = true;
    }
    executor.execute(this);
  }

  @Override
  public void run() {
    for (Runnable task; (task = next()) != null; ) {
      task.run();
    }
  }

  private @Nullable Runnable next() {
    synchronized (tasks) {
      Runnable task = tasks.poll();
      running = task != null;
      return task;
    }
  }
}

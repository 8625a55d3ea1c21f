package dev.farcap.link;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Operations of one call that wait for its message to be complete, so that all of them hop to the
/// loop at once. The program adds them; whoever cancels the call may do so meanwhile, on any
/// thread.
final class Held {
  private @Nullable List<Runnable> operations = new ArrayList<>(4);

  /// One operation more.
  ///
  /// @return false once they are released: it is to go its own way, behind them
  synchronized boolean add(Runnable operation) {
    if (operations == null) {
      return false;
    }
    operations.add(operation);
    return true;
  }

  /// Hands all of them over in order. No effect the second time.
  ///
  /// @param loop takes them before anything that is not held any more
  synchronized void release(Executor loop) {
    List<Runnable> all = operations;
    if (all != null) {
      operations = null;
      loop.execute(() -> all.forEach(Runnable::run));
    }
  }
}

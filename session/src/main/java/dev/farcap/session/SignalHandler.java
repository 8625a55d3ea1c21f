package dev.farcap.session;

import dev.farcap.session.SignalPort.SignalContext;
import dev.farcap.session.SignalPort.SignalTransmitter;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/// What a program does when a signal comes: what it gives where a session interface passes one.
///
///     try (SignalHandler changed = new SignalHandler(edges -> reload())) {
///       rom.sigh(version, changed);
///       …
///     }
///
/// It is the transmitter itself where caller and server are in one process without a stub between;
/// else the stub makes a context for it. After the handler was passed, look once at the state that
/// it watches: a change before that is told to nobody. Thread-safe.
public final class SignalHandler implements SignalTransmitter {
  private final LongConsumer handler;
  private final AtomicLong pending = new AtomicLong();
  private final Set<SignalContext> contexts = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /// @param handler receives the edges since its last run, at least 1; never two runs at a time; it
  ///   must not block. What it throws goes to the thread's uncaught exception handler
  public SignalHandler(LongConsumer handler) {
    this.handler = handler;
  }

  /// Adds edges, and runs the handler unless it runs already: then that run goes on with them.
  ///
  /// @param edges at least 1
  public void raise(long edges) {
    if (!closed && pending.getAndAdd(edges) == 0) {
      for (long told = pending.get(); told > 0; told = pending.addAndGet(-told)) {
        run(told);
      }
    }
  }

  /// The next edge must find it ready whatever becomes of this one.
  private void run(long edges) {
    try {
      handler.accept(edges);
    } catch (RuntimeException e) {
      Thread mine = Thread.currentThread();
      mine.getUncaughtExceptionHandler().uncaughtException(mine, e);
    }
  }

  @Override
  public void submit() {
    raise(1);
  }

  /// For stubs: a context by which others raise it, to be closed together with it.
  public void reachedBy(SignalContext context) {
    contexts.add(context);
    if (closed) {
      context.close();
    }
  }

  @Override
  public boolean isDead() {
    return closed;
  }

  /// Handles no more, and frees what passing it has cost.
  @Override
  public void close() {
    closed = true;
    contexts.forEach(SignalContext::close);
    contexts.clear();
  }
}

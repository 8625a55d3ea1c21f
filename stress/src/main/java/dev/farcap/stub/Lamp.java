package dev.farcap.stub;

import dev.farcap.session.Label;
import dev.farcap.session.SessionCaller;
import java.util.concurrent.atomic.AtomicInteger;

/// What serves a session: counts those that are lit.
final class Lamp implements AutoCloseable {
  /// Of one session.
  static final SessionCaller CALLER = new SessionCaller("s1", Label.of("hall"), null, null);

  private final AtomicInteger lit;

  Lamp(AtomicInteger lit) {
    this.lit = lit;
    lit.incrementAndGet();
  }

  @Override
  public void close() {
    lit.decrementAndGet();
  }
}

package dev.farcap.link.engine;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Random;

/// Clock, scheduler and chance of one simulated run: everything that happens, happens in an order
/// that the seed alone decides.
final class SimWorld {
  final Random random;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingLong(Event::atNanos).thenComparingLong(Event::order));
  private long nowNanos;
  private long order;

  private record Event(long atNanos, long order, Runnable action) {}

  SimWorld(long seed) {
    random = new Random(seed);
  }

  long now() {
    return nowNanos;
  }

  void at(long atNanos, Runnable action) {
    events.add(new Event(Math.max(atNanos, nowNanos), order++, action));
  }

  void afterMs(double ms, Runnable action) {
    at(nowNanos + (long) (ms * 1e6), action);
  }

  double between(double least, double most) {
    return least + random.nextDouble() * (most - least);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  /// Runs everything that is due up to that many milliseconds from now.
  void runMs(long ms) {
    long until = nowNanos + ms * 1_000_000;
    while (!events.isEmpty() && events.peek().atNanos() <= until) {
      Event event = events.remove();
      nowNanos = event.atNanos();
      event.action().run();
    }
    nowNanos = until;
  }
}

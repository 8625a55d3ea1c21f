package dev.farcap.link.engine;

import java.util.ArrayList;
import java.util.List;

/// Timers in a binary heap whose entries know their place, so that a call that ends takes its timer
/// with it in logarithmic time and nothing waits for a deadline that no longer matters.
final class TimerQueue {
  static final long NEVER = Long.MAX_VALUE;

  private final List<Timer> heap = new ArrayList<>();

  /// One timer. It runs once unless cancelled before.
  final class Timer {
    private final long atNanos;
    private final Runnable action;
    private int place;

    private Timer(long atNanos, Runnable action) {
      this.atNanos = atNanos;
      this.action = action;
    }

    /// Forgets the timer. No effect once it has run.
    void cancel() {
      if (place >= 0) {
        remove(this);
      }
    }
  }

  Timer schedule(long atNanos, Runnable action) {
    Timer timer = new Timer(atNanos, action);
    heap.add(timer);
    up(heap.size() - 1, timer);
    return timer;
  }

  /// When the next timer is due, or [#NEVER].
  long nextNanos() {
    return heap.isEmpty() ? NEVER : heap.getFirst().atNanos;
  }

  /// Runs what is due.
  void runDue(long nowNanos) {
    while (!heap.isEmpty() && heap.getFirst().atNanos - nowNanos <= 0) {
      Timer due = heap.getFirst();
      remove(due);
      due.action.run();
    }
  }

  private void remove(Timer timer) {
    int hole = timer.place;
    timer.place = -1;
    Timer last = heap.removeLast();
    if (last != timer) {
      last.place = hole;
      up(hole, last);
      down(last.place, last);
    }
  }

  private void up(int from, Timer timer) {
    int place = from;
    while (place > 0 && heap.get((place - 1) / 2).atNanos - timer.atNanos > 0) {
      put(place, heap.get((place - 1) / 2));
      place = (place - 1) / 2;
    }
    put(place, timer);
  }

  private void down(int from, Timer timer) {
    int place = from;
    for (int child; (child = 2 * place + 1) < heap.size(); place = child) {
      if (child + 1 < heap.size() && heap.get(child + 1).atNanos - heap.get(child).atNanos < 0) {
        child++;
      }
      if (heap.get(child).atNanos - timer.atNanos >= 0) {
        break;
      }
      put(place, heap.get(child));
    }
    put(place, timer);
  }

  private void put(int place, Timer timer) {
    heap.set(place, timer);
    timer.place = place;
  }
}

package dev.farcap.link.engine;

import java.util.LinkedHashSet;
import java.util.function.Predicate;

/// Those who wait for something and are served in turn.
final class Turns<T> {
  private final LinkedHashSet<T> waiting = new LinkedHashSet<>();

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /// Comes last, or stays where it is.
  void add(T one) {
    waiting.add(one);
  }

  void remove(T one) {
    waiting.remove(one);
  }

  /// Offers it to one after the other, until one takes it; who was offered comes last.
  ///
  /// @param takes may remove whom it is asked about, or others, if it says yes
  /// @return whether one has taken it
  boolean serveOne(Predicate<T> takes) {
    for (int left = waiting.size(); left > 0; left--) {
      T next = waiting.getFirst();
      waiting.addLast(next);
      if (takes.test(next)) {
        return true;
      }
    }
    return false;
  }
}

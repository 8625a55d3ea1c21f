package dev.farcap.routing;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/// Finds all keys that a text begins with.
///
/// Sorted, a key stands behind all keys that it begins with; each knows the longest of them. The
/// greatest key that is not above the text begins with all that the text begins with, so these are
/// on the way from it to ever shorter ones.
///
/// @param <V> what stands under a key
final class Prefixes<V> {
  private final String[] keys;
  private final List<V> values = new ArrayList<>();
  private final int[] longest;

  Prefixes(Map<String, V> entries) {
    TreeMap<String, V> sorted = new TreeMap<>(entries);
    keys = sorted.keySet().toArray(String[]::new);
    values.addAll(sorted.values());
    longest = new int[keys.length];
    Deque<Integer> open = new ArrayDeque<>(); // each begins with the one below it
    for (int key = 0; key < keys.length; key++) {
      while (!open.isEmpty() && !keys[key].startsWith(keys[open.peek()])) {
        open.pop();
      }
      longest[key] = open.isEmpty() ? -1 : open.peek();
      open.push(key);
    }
  }

  /// Gives away what stands under each key that the text begins with, the longest key first.
  void find(String text, Consumer<V> found) {
    int place = Arrays.binarySearch(keys, text);
    for (int key = place >= 0 ? place : -place - 2; key >= 0; key = longest[key]) {
      if (text.startsWith(keys[key])) {
        found.accept(values.get(key));
      }
    }
  }
}

package dev.farcap.routing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Where selectors stand in a document, each filed under one of its parts: of a prefix and a suffix
/// the one that fewer share, which leaves less to look through.
///
/// Finding costs as much as the label is long and as there is to be found, not as there are
/// selectors.
final class SelectorIndex {
  private final Map<String, List<Integer>> unscoped = new HashMap<>();
  private final Map<String, List<Integer>> last = new HashMap<>();
  private final Map<String, List<Integer>> label = new HashMap<>();
  private final List<Integer> others = new ArrayList<>();
  private final Prefixes<List<Integer>> prefixes;
  private final Prefixes<List<Integer>> suffixes;

  /// @param selectors by their places
  SelectorIndex(SortedMap<Integer, Selector> selectors) {
    Map<String, Integer> prefixUses = new HashMap<>();
    Map<String, Integer> suffixUses = new HashMap<>();
    for (Selector selector : selectors.values()) {
      count(prefixUses, selector.pattern().prefix());
      count(suffixUses, selector.pattern().suffix());
    }
    Map<String, List<Integer>> begins = new HashMap<>();
    Map<String, List<Integer>> ends = new HashMap<>();
    selectors.forEach(
        (place, selector) -> {
          LabelPattern pattern = selector.pattern();
          String prefix = pattern.prefix();
          String suffix = pattern.suffix();
          if (selector.unscoped() != null) {
            file(unscoped, selector.unscoped(), place);
          } else if (selector.last() != null) {
            file(last, selector.last(), place);
          } else if (pattern.label() != null) {
            file(label, pattern.label(), place);
          } else if (prefix != null
              && (suffix == null || uses(prefixUses, prefix) <= uses(suffixUses, suffix))) {
            file(begins, prefix, place);
          } else if (suffix != null) {
            file(ends, reversed(suffix), place);
          } else {
            others.add(place);
          }
        });
    prefixes = new Prefixes<>(begins);
    suffixes = new Prefixes<>(ends);
  }

  private static void count(Map<String, Integer> uses, @Nullable String text) {
    if (text != null) {
      uses.merge(text, 1, Integer::sum);
    }
  }

  private static int uses(Map<String, Integer> uses, String text) {
    return uses.getOrDefault(text, 0);
  }

  private static void file(Map<String, List<Integer>> under, String text, int place) {
    under.computeIfAbsent(text, _ -> new ArrayList<>()).add(place);
  }

  /// Gives away the places, ascending within each list, of all selectors that match, and of some
  /// that do not. No list is empty, no place given twice.
  void find(RouteQuery query, Consumer<List<Integer>> places) {
    String asked = query.scoped();
    give(unscoped.get(query.unscoped()), places);
    give(last.get(query.last()), places);
    give(label.get(asked), places);
    give(others, places);
    prefixes.find(asked, places);
    suffixes.find(reversed(asked), places);
  }

  private static void give(@Nullable List<Integer> found, Consumer<List<Integer>> places) {
    if (found != null && !found.isEmpty()) {
      places.accept(found);
    }
  }

  /// By characters, as they are compared; not by code points, as StringBuilder does.
  private static String reversed(String text) {
    char[] chars = new char[text.length()];
    for (int i = 0; i < chars.length; i++) {
      chars[i] = text.charAt(chars.length - 1 - i);
    }
    return new String(chars);
  }
}

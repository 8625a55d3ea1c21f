package dev.farcap.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/// Guesses what a misspelt word was meant to be.
final class Spelling {
  private Spelling() {}

  /// `, did you mean 'x'?`, or nothing where no word is near.
  static String hint(String written, Collection<String> words) {
    return nearest(written, words).map(word -> ", did you mean '" + word + "'?").orElse("");
  }

  private static Optional<String> nearest(String written, Collection<String> words) {
    String simple = simplify(written);
    int far = Math.max(1, simple.length() / 3);
    return words.stream()
        .filter(word -> Math.abs(word.length() - simple.length()) <= far)
        .filter(word -> distance(simple, simplify(word)) <= far)
        .min(
            Comparator.<String>comparingInt(word -> distance(simple, simplify(word)))
                .thenComparing(Comparator.naturalOrder()));
  }

  /// Other conventions for the same word: `label-prefix`, `label_prefix`, `LabelPrefix`.
  private static String simplify(String word) {
    return word.replaceAll("[-_ ]", "").toLowerCase(Locale.ROOT);
  }

  /// Letters replaced, left out, added or swapped with their neighbour.
  private static int distance(String left, String right) {
    int[][] cost = new int[left.length() + 1][right.length() + 1];
    for (int i = 0; i <= left.length(); i++) {
      for (int j = 0; j <= right.length(); j++) {
        cost[i][j] = i == 0 || j == 0 ? i + j : step(cost, left, i, right, j);
      }
    }
    return cost[left.length()][right.length()];
  }

  private static int step(int[][] cost, String left, int i, String right, int j) {
    boolean same = left.charAt(i - 1) == right.charAt(j - 1);
    int best = cost[i - 1][j - 1] + (same ? 0 : 1);
    best = Math.min(best, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
    boolean swapped =
        i > 1
            && j > 1
            && left.charAt(i - 1) == right.charAt(j - 2)
            && left.charAt(i - 2) == right.charAt(j - 1);
    return swapped ? Math.min(best, 1 + cost[i - 2][j - 2]) : best;
  }
}

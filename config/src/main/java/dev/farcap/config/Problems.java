package dev.farcap.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Collects what is wrong with one file while it is being read.
final class Problems {
  /// More help nobody; the rest is counted.
  static final int KEPT_MAX = 50;

  private final String file;
  private final List<Problem> kept = new ArrayList<>();
  private int count;

  Problems(String file) {
    this.file = file;
  }

  String file() {
    return file;
  }

  void add(@Nullable Mark mark, String keys, String message) {
    count++;
    if (kept.size() < KEPT_MAX) {
      Mark at = mark == null ? new Mark(0, 0) : mark;
      kept.add(new Problem(file, at.line(), at.column(), keys, message));
    }
  }

  int count() {
    return count;
  }

  ConfigException exception() {
    List<Problem> sorted = new ArrayList<>(kept);
    sorted.sort(Comparator.comparingInt(Problem::line).thenComparingInt(Problem::column));
    if (count > kept.size()) {
      sorted.add(new Problem(file, 0, 0, "", "and " + (count - kept.size()) + " more problems"));
    }
    return new ConfigException(sorted);
  }
}

package dev.farcap.routing;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Writes the parts of rules for their readers.
final class Quoted {
  private Quoted() {}

  static String of(Object text) {
    return "\"" + text + "\"";
  }

  static void add(StringJoiner parts, String key, @Nullable Object value) {
    if (value != null) {
      parts.add(key + " " + of(value));
    }
  }
}

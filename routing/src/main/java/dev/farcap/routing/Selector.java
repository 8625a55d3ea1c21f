package dev.farcap.routing;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// Which labels a rule is for.
///
/// With `unscoped` everything else here is ignored; otherwise with `last` the pattern is ignored.
///
/// @param pattern compared with the label as the program asked it, without the listener's element
/// @param last exactly the last element of that label, or null; the empty text means a program that
///   asked for nothing
/// @param unscoped exactly the whole label, the listener's element included, or null
public record Selector(LabelPattern pattern, @Nullable String last, @Nullable String unscoped) {
  /// Selects every label.
  public static final Selector ANY = new Selector(LabelPattern.ANY, null, null);

  /// Selects by the pattern alone.
  public static Selector of(LabelPattern pattern) {
    return new Selector(pattern, null, null);
  }

  /// The key of the first part that does not match, or null if the rule is for this label.
  @Nullable String mismatch(RouteQuery query) {
    if (unscoped != null) {
      return unscoped.equals(query.unscoped()) ? null : "unscopedLabel";
    }
    if (last != null) {
      return last.equals(query.last()) ? null : "labelLast";
    }
    return pattern.mismatch(query.scoped());
  }

  /// The parts that count, as they are written in a file.
  @Override
  public String toString() {
    if (unscoped == null && last == null) {
      return pattern.toString();
    }
    StringJoiner parts = new StringJoiner(", ");
    Quoted.add(parts, "unscopedLabel", unscoped);
    Quoted.add(parts, "labelLast", unscoped == null ? last : null);
    return parts.toString();
  }
}

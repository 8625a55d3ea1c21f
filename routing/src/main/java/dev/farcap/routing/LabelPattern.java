package dev.farcap.routing;

import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/// What a label must look like; all parts that are present must match.
///
/// Comparisons are of text, as in Genode: `labelPrefix: net1` matches `net10 -> x`. End a prefix
/// with ` -> ` to mean whole elements.
///
/// @param label the whole label, or null
/// @param prefix what it begins with, or null; the empty text matches every label
/// @param suffix what it ends with, or null
public record LabelPattern(
    @Nullable String label, @Nullable String prefix, @Nullable String suffix) {
  /// Matches every label.
  public static final LabelPattern ANY = new LabelPattern(null, null, null);

  /// Whether no part is present.
  public boolean isEmpty() {
    return label == null && prefix == null && suffix == null;
  }

  /// The key of the first part that does not match, or null if all do.
  @Nullable String mismatch(String text) {
    return mismatch(text, text);
  }

  /// @param beginning what the prefix is compared with
  @Nullable String mismatch(String text, String beginning) {
    if (label != null && !text.equals(label)) {
      return "label";
    }
    if (prefix != null && !beginning.startsWith(prefix)) {
      return "labelPrefix";
    }
    return suffix == null || text.endsWith(suffix) ? null : "labelSuffix";
  }

  /// As it is written in a file: `labelPrefix "net -> ", labelSuffix ".xml"`.
  @Override
  public String toString() {
    StringJoiner parts = new StringJoiner(", ").setEmptyValue("any label");
    Quoted.add(parts, "label", label);
    Quoted.add(parts, "labelPrefix", prefix);
    Quoted.add(parts, "labelSuffix", suffix);
    return parts.toString();
  }
}

package dev.farcap.routing.file;

import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.routing.LabelPattern;
import dev.farcap.routing.Policy;
import dev.farcap.session.Label;
import java.util.List;
import java.util.function.Function;

/// Reads the policies of a server from its configuration.
///
/// ```yaml
/// policies:
///   - {labelPrefix: "host-a -> ", backend: roms}
///   - {label: "host-a -> app1 -> config", backend: special}
/// ```
public final class PolicyReader {
  /// As many as a file of 1 MiB holds.
  static final int POLICIES_MAX = 20_000;

  private PolicyReader() {}

  /// Reads a list of mappings; each must have one of `label`, `labelPrefix`, `labelSuffix`.
  ///
  /// @param list where the policies stand
  /// @param serves reads the other keys of one policy
  public static <T> List<Policy<T>> policies(Value list, Function<Fields, T> serves) {
    return list.list(POLICIES_MAX, item -> item.fields(fields -> policy(item, fields, serves)));
  }

  private static <T> Policy<T> policy(Value item, Fields fields, Function<Fields, T> serves) {
    LabelPattern pattern = pattern(fields);
    if (pattern.isEmpty()) {
      fields.reject("never matches: expected label, labelPrefix or labelSuffix");
    }
    return new Policy<>(item.place(), pattern, serves.apply(fields));
  }

  static LabelPattern pattern(Fields fields) {
    return new LabelPattern(
        fields.optional("label").map(v -> v.parsed(PolicyReader::label)).orElse(null),
        fields.optional("labelPrefix").map(Value::string).orElse(null),
        fields.optional("labelSuffix").map(Value::string).orElse(null));
  }

  /// A text that some label has: another could never match.
  static String label(String text) {
    return Label.parse(text).toString();
  }
}

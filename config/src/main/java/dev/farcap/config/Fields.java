package dev.farcap.config;

import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The keys of one mapping.
///
/// Every key that may stand here is asked for once; whatever else stands here is a problem.
public final class Fields {
  private final Document document;
  private final Node.Mapping mapping;
  private final String keys;
  private final Set<String> known = new TreeSet<>();

  Fields(Document document, Node.Mapping mapping, String keys) {
    this.document = document;
    this.mapping = mapping;
    this.keys = keys;
  }

  /// The value of a key that must be there.
  public Value required(String key) {
    return optional(key).orElseGet(() -> missing(key));
  }

  private Value missing(String key) {
    reject("missing key '" + key + "'");
    return new Value(document, null, path(key));
  }

  /// The value of a key that may be absent. A key that is there without a value is a problem for
  /// whoever reads the value.
  public Optional<Value> optional(String key) {
    known.add(key);
    return Optional.ofNullable(mapping.entries().get(key))
        .map(entry -> new Value(document, entry.value(), path(key)));
  }

  /// Whether the key is there; asking makes it known.
  public boolean has(String key) {
    return optional(key).isPresent();
  }

  /// Adds a problem with the mapping as a whole: two keys that exclude each other, for example.
  public void reject(String message) {
    document.problems().add(mapping.mark(), keys, message);
  }

  void rejectUnknown() {
    mapping
        .entries()
        .forEach(
            (key, entry) -> {
              if (!known.contains(key)) {
                document
                    .problems()
                    .add(
                        entry.mark(),
                        keys,
                        "unknown key '" + key + "'" + Spelling.hint(key, known));
              }
            });
  }

  private String path(String key) {
    return Keys.join(keys, key);
  }
}

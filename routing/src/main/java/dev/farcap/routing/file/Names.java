package dev.farcap.routing.file;

import dev.farcap.config.Value;
import dev.farcap.routing.Provider;
import dev.farcap.session.Identity;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The names of the providers of one file.
///
/// A provider with a problem of its own keeps its name, so that the rules that use it are not
/// blamed.
final class Names {
  private final boolean known;
  private final Set<String> declared = new HashSet<>();
  private final Map<String, Identity> identities = new HashMap<>();

  /// @param known whether the file names its providers at all
  Names(boolean known) {
    this.known = known;
  }

  void declare(String name, Value value) {
    declared.add(name);
    boolean reserved = name.equals(DirectoryReader.ANY) || name.equals(DirectoryReader.NEAREST);
    if (reserved || !name.matches("[a-z0-9._-]{1,64}")) {
      value.reject(
          "a provider's name is 1..64 of [a-z0-9._-], not 'any' and not 'nearest', found '%s'"
              .formatted(name));
    }
  }

  void define(String name, @Nullable Provider provider) {
    if (provider != null) {
      identities.put(name, provider.identity());
    }
  }

  /// The identity behind a name; empty after a problem.
  Optional<Identity> find(String name, Value value) {
    if (known && !declared.contains(name)) {
      value.reject("there is no provider '" + name + "'");
    }
    return Optional.ofNullable(identities.get(name));
  }
}

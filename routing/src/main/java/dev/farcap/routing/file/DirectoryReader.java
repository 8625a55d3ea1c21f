package dev.farcap.routing.file;

import dev.farcap.config.Document;
import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.Provider;
import dev.farcap.routing.Rule;
import dev.farcap.session.Identity;
import dev.farcap.session.ServiceAlias;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Builds a snapshot from a file.
final class DirectoryReader {
  static final int PROVIDERS_MAX = 1_000;
  static final int SERVICES_MAX = 256;
  static final int RULES_MAX = 20_000;

  /// The targets that are no provider's name.
  static final String ANY = "any";

  static final String NEAREST = "nearest";

  private final Set<Identity> identities = new LinkedHashSet<>();

  private final UnaryOperator<String> addresses;

  private DirectoryReader(UnaryOperator<String> addresses) {
    this.addresses = addresses;
  }

  /// @param addresses returns an address that can be dialled; throws IllegalArgumentException at
  ///   any other
  /// @throws dev.farcap.config.ConfigException with every problem of the file
  static DirectorySnapshot read(Path file, UnaryOperator<String> addresses, long number) {
    return Document.read(file, root -> new DirectoryReader(addresses).snapshot(root, number));
  }

  /// The same of a text.
  static DirectorySnapshot parse(Path name, String text, UnaryOperator<String> addresses) {
    return Document.parse(name, text, root -> new DirectoryReader(addresses).snapshot(root, 1));
  }

  private DirectorySnapshot snapshot(Fields root, long number) {
    Names names = new Names(root.has("providers"));
    Map<String, Provider> providers =
        root.required("providers")
            .map(
                PROVIDERS_MAX,
                (name, value) -> {
                  names.declare(name, value);
                  Provider provider = value.fields(fields -> provider(name, fields));
                  names.define(name, provider);
                  return provider;
                });
    RuleReader rules = new RuleReader(names);
    return DirectorySnapshot.of(
        number,
        List.copyOf(providers.values()),
        root.optional("routes").map(v -> rules(v, rules::routeRule)).orElse(List.of()),
        root.optional("defaultRoute").map(v -> rules(v, rules::defaultRule)).orElse(List.of()));
  }

  private static List<Rule> rules(Value list, Function<Value, Rule> rule) {
    return list.list(RULES_MAX, rule);
  }

  private Provider provider(String name, Fields fields) {
    return new Provider(
        name,
        identity(fields.required("identity")),
        new LinkedHashSet<>(
            fields.required("services").list(SERVICES_MAX, v -> v.parsed(ServiceAlias::resolve))),
        fields
            .optional("addresses")
            .map(v -> v.list(Provider.ADDRESSES_MAX, a -> a.parsed(addresses)))
            .orElse(List.of()),
        fields
            .optional("health")
            .map(v -> v.oneOf(Provider.Health.class))
            .orElse(Provider.Health.UP),
        fields
            .optional("weight")
            .map(v -> v.integer(0, Provider.WEIGHT_MAX))
            .orElse(Provider.WEIGHT_DEFAULT));
  }

  private Identity identity(Value value) {
    return value.parsed(
        text -> {
          Identity identity = Identity.parse(text);
          if (!identities.add(identity)) {
            throw new IllegalArgumentException("another provider is " + identity + " already");
          }
          return identity;
        });
  }
}

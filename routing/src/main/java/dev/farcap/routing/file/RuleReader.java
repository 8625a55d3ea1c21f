package dev.farcap.routing.file;

import dev.farcap.config.Fields;
import dev.farcap.config.Value;
import dev.farcap.routing.Rewrite;
import dev.farcap.routing.Rule;
import dev.farcap.routing.Selector;
import dev.farcap.routing.Target;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Builds rules and their targets.
final class RuleReader {
  static final int TARGETS_MAX = 64;

  private final Names names;

  RuleReader(Names names) {
    this.names = names;
  }

  Rule routeRule(Value value) {
    return value.fields(fields -> rule(value, fields, listener(fields)));
  }

  /// The default route is for listeners that no rule names.
  Rule defaultRule(Value value) {
    return value.fields(fields -> rule(value, fields, null));
  }

  private Rule rule(Value value, Fields fields, @Nullable String listener) {
    return new Rule(
        value.place(),
        listener,
        service(fields),
        selector(fields),
        fields.required("to").list(TARGETS_MAX, this::target));
  }

  private static @Nullable String listener(Fields fields) {
    return fields.optional("listener").map(v -> v.parsed(Label::checkElement)).orElse(null);
  }

  /// Null for any service.
  private static @Nullable String service(Fields fields) {
    if (fields.has("service") == fields.has("anyService")) {
      fields.reject("expected either 'service' or 'anyService: true'");
    }
    fields.optional("anyService").ifPresent(v -> v.parsed(RuleReader::onlyTrue));
    return fields.optional("service").map(v -> v.parsed(ServiceAlias::resolve)).orElse(null);
  }

  private static boolean onlyTrue(String text) {
    if (!text.equals("true")) {
      throw new IllegalArgumentException("expected true, found '" + text + "'");
    }
    return true;
  }

  private static Selector selector(Fields fields) {
    return new Selector(
        PolicyReader.pattern(fields),
        fields.optional("labelLast").map(v -> v.parsed(RuleReader::element)).orElse(null),
        fields.optional("unscopedLabel").map(v -> v.parsed(PolicyReader::label)).orElse(null));
  }

  private static String element(String text) {
    return text.isEmpty() ? text : Label.checkElement(text);
  }

  private Target target(Value value) {
    return value.isScalar() ? target(value, Rewrite.NONE) : value.fields(this::target);
  }

  private Target target(Fields fields) {
    if (fields.has("nearestOf") && fields.has("provider")) {
      fields.reject("expected either 'provider' or 'nearestOf'");
    }
    Rewrite rewrite = rewrite(fields);
    return fields
        .optional("nearestOf")
        .<Target>map(list -> new Target.Nearest(among(list), rewrite))
        .orElseGet(() -> target(fields.required("provider"), rewrite));
  }

  private List<Identity> among(Value list) {
    List<Optional<Identity>> named = list.list(TARGETS_MAX, v -> names.find(v.string(), v));
    if (named.isEmpty()) {
      throw new IllegalArgumentException(
          "nearestOf names nobody; for all of them write 'provider: nearest'");
    }
    return named.stream().flatMap(Optional::stream).toList();
  }

  private Target target(Value value, Rewrite rewrite) {
    return switch (value.string()) {
      case DirectoryReader.ANY -> new Target.Any(rewrite);
      case DirectoryReader.NEAREST -> new Target.Nearest(List.of(), rewrite);
      case String name ->
          names
              .find(name, value)
              .<Target>map(identity -> new Target.Named(identity, rewrite))
              .orElseGet(() -> new Target.Any(rewrite)); // stands in: the file is refused
    };
  }

  private static Rewrite rewrite(Fields fields) {
    return new Rewrite(
        label(fields, "label").orElse(null),
        label(fields, "identity").orElse(null),
        label(fields, "resource").orElse(null),
        fields.optional("prependResource").map(Value::string).orElse(null));
  }

  private static Optional<Label> label(Fields fields, String key) {
    return fields.optional(key).map(v -> v.parsed(Label::parse));
  }
}

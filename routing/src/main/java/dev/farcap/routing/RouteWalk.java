package dev.farcap.routing;

import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;

import dev.farcap.routing.Decision.Candidate;
import dev.farcap.routing.Decision.Cause;
import dev.farcap.routing.Decision.Denied;
import dev.farcap.routing.Decision.Routed;
import dev.farcap.routing.Explanation.Step;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One walk through the rules, for one question.
///
/// A rule that matches ends the walk if a target provides the service. If none does, a rule for
/// just this service denies; one for any service lets the walk go on. An ambiguous target and a
/// label that cannot be rewritten deny at once. The default route counts only for a listener that
/// has no route at all: not where its route has no match.
final class RouteWalk {
  private final RouteQuery query;
  private final DirectorySnapshot directory;
  private final Trace trace;
  private final String service;

  RouteWalk(RouteQuery query, DirectorySnapshot directory, Trace trace) {
    this.query = query;
    this.directory = directory;
    this.trace = trace;
    this.service = ServiceAlias.shorten(query.service());
  }

  /// @param rules in document order; those that do not match may be left out
  Decision decide(Iterable<Rule> rules) {
    for (Rule rule : rules) {
      Decision decision = matches(rule) ? follow(rule) : null;
      if (decision != null) {
        return decision;
      }
    }
    String reason = "no route for %s %s".formatted(service, Quoted.of(query.wireLabel()));
    return new Denied(Cause.NO_ROUTE, reason);
  }

  private boolean matches(Rule rule) {
    String mismatch = rule.mismatch(query);
    trace.step(
        () -> {
          String reason = mismatch == null ? "matches" : mismatch + " does not match";
          return new Step(0, mismatch == null, rule.place() + "  " + rule, reason);
        });
    return mismatch == null;
  }

  /// Null if the walk goes on.
  private @Nullable Decision follow(Rule rule) {
    List<Candidate> candidates = new ArrayList<>();
    for (int place = 0; place < rule.targets().size(); place++) {
      Denied denied = collect(rule, place, candidates);
      if (denied != null && candidates.isEmpty()) {
        return denied;
      }
    }
    if (!candidates.isEmpty()) {
      return new Routed(rule, candidates);
    }
    return rule.service() == null
        ? null
        : new Denied(Cause.NO_PROVIDER, "no target of " + rule.place() + " provides " + service);
  }

  /// Adds what the target names, if it provides the service.
  ///
  /// @param place of the target in its rule
  /// @return what is to be said if nothing before this target did
  private @Nullable Denied collect(Rule rule, int place, List<Candidate> candidates) {
    Target target = rule.targets().get(place);
    List<Provider> found = providers(target);
    if (found.isEmpty()) {
      tried(target, false, "does not provide " + service);
      return null;
    }
    if (target instanceof Target.Any && found.size() > 1) {
      return deny(
          target,
          Cause.AMBIGUOUS,
          "ambiguous, %d provide %s".formatted(found.size(), service),
          rule);
    }
    try {
      Label label = target.rewrite().apply(query);
      add(target, found.stream().map(p -> new Candidate(p, label, place)).toList(), candidates);
      return null;
    } catch (IllegalArgumentException e) {
      return deny(target, Cause.LABEL, "rewritten label is none: " + e.getMessage(), rule);
    }
  }

  private List<Provider> providers(Target target) {
    return switch (target) {
      case Target.Any _ -> directory.providersOf(query.service());
      case Target.Named named -> providersAmong(List.of(named.provider()));
      case Target.Nearest nearest ->
          nearest.among().isEmpty()
              ? directory.providersOf(query.service())
              : providersAmong(nearest.among());
    };
  }

  private List<Provider> providersAmong(List<Identity> identities) {
    return identities.stream()
        .flatMap(identity -> directory.provider(identity).stream())
        .filter(provider -> provider.services().contains(query.service()))
        .toList();
  }

  private void add(Target target, List<Candidate> alike, List<Candidate> candidates) {
    Set<Provider> known = candidates.stream().map(Candidate::provider).collect(toSet());
    List<Candidate> added = alike.stream().filter(c -> known.add(c.provider())).toList();
    if (!added.isEmpty()) {
      boolean first = candidates.isEmpty();
      String who = target instanceof Target.Nearest ? names(added) + " provide " : "provides ";
      tried(target, first, who + (first ? service : "it too, if the first is away"));
      candidates.addAll(added);
    }
  }

  private static String names(List<Candidate> candidates) {
    return candidates.stream().map(c -> c.provider().name()).collect(joining(", "));
  }

  private Denied deny(Target target, Cause cause, String reason, Rule rule) {
    tried(target, false, reason);
    return new Denied(cause, rule.place() + ": " + describe(target) + ": " + reason);
  }

  private void tried(Target target, boolean matched, String reason) {
    trace.step(() -> new Step(1, matched, describe(target), reason));
  }

  private String describe(Target target) {
    String rewrite = target.rewrite().toString();
    String name =
        switch (target) {
          case Target.Any _ -> "any";
          case Target.Named named -> name(named.provider());
          case Target.Nearest nearest when nearest.among().isEmpty() -> "nearest";
          case Target.Nearest nearest ->
              nearest.among().stream().map(this::name).collect(joining(", ", "nearest of ", ""));
        };
    return "to " + name + (rewrite.isEmpty() ? "" : " (" + rewrite + ")");
  }

  private String name(Identity provider) {
    return directory.provider(provider).map(Provider::name).orElse(provider.toString());
  }
}

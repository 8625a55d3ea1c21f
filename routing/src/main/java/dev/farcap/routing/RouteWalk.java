package dev.farcap.routing;

import dev.farcap.routing.Decision.Candidate;
import dev.farcap.routing.Decision.Cause;
import dev.farcap.routing.Decision.Denied;
import dev.farcap.routing.Decision.Routed;
import dev.farcap.routing.Explanation.Step;
import dev.farcap.session.ServiceAlias;
import java.util.ArrayList;
import java.util.List;
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

  Decision decide() {
    boolean own = directory.rules().stream().anyMatch(r -> r.belongsTo(query.listener()));
    for (Rule rule : own ? directory.rules() : directory.defaultRoute()) {
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
    for (Target target : rule.targets()) {
      Denied denied = collect(rule, target, candidates);
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
  /// @return what is to be said if nothing before this target did
  private @Nullable Denied collect(Rule rule, Target target, List<Candidate> candidates) {
    List<Provider> found = providers(target);
    if (found.size() > 1) {
      return deny(
          target,
          Cause.AMBIGUOUS,
          "ambiguous, %d provide %s".formatted(found.size(), service),
          rule);
    }
    if (found.isEmpty()) {
      tried(target, false, "does not provide " + service);
      return null;
    }
    try {
      Candidate candidate = new Candidate(found.getFirst(), target.rewrite().apply(query));
      add(target, candidate, candidates);
      return null;
    } catch (IllegalArgumentException e) {
      return deny(target, Cause.LABEL, "rewritten label is none: " + e.getMessage(), rule);
    }
  }

  private List<Provider> providers(Target target) {
    return switch (target) {
      case Target.Any _ -> directory.providersOf(query.service());
      case Target.Named named ->
          directory
              .provider(named.provider())
              .filter(provider -> provider.services().contains(query.service()))
              .stream()
              .toList();
    };
  }

  private void add(Target target, Candidate candidate, List<Candidate> candidates) {
    boolean first = candidates.isEmpty();
    if (candidates.stream().noneMatch(c -> c.provider().equals(candidate.provider()))) {
      candidates.add(candidate);
      tried(target, first, first ? "provides " + service : "provides it too, if the first is away");
    }
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
          case Target.Named named ->
              directory
                  .provider(named.provider())
                  .map(Provider::name)
                  .orElse(named.provider().toString());
        };
    return "to " + name + (rewrite.isEmpty() ? "" : " (" + rewrite + ")");
  }
}

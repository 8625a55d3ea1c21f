package dev.farcap.routing;

import dev.farcap.session.Label;
import java.util.Comparator;
import java.util.List;

/// Where a session goes, or why it goes nowhere.
public sealed interface Decision {
  /// It is routed.
  ///
  /// @param rule the rule that decided
  /// @param candidates at least one: first the choice of the rules, then what the same rule names
  ///   after it, for as long as the first takes no sessions; no provider twice
  record Routed(Rule rule, List<Candidate> candidates) implements Decision {
    /// Copies the candidates.
    ///
    /// @throws IllegalArgumentException if there is none
    public Routed {
      candidates = List.copyOf(candidates);
      if (candidates.isEmpty()) {
        throw new IllegalArgumentException("routed to nobody");
      }
    }

    /// The choice of the rules alone.
    public Candidate first() {
      return candidates.getFirst();
    }

    /// In the order in which a new session tries them: those that are up, then those that drain,
    /// then those that are down; within each in the order of the rule.
    public List<Candidate> byHealth() {
      return candidates.stream().sorted(Comparator.comparing(c -> c.provider().health())).toList();
    }
  }

  /// It is denied: permission denied for the program, the reason for the operator.
  ///
  /// @param reason one line; names rules and providers, so not for the other side of a link
  record Denied(Cause cause, String reason) implements Decision {}

  /// A provider and the label to open there.
  ///
  /// @param label the wire label, rewritten
  record Candidate(Provider provider, Label label) {}

  /// Why a session is denied.
  enum Cause {
    /// No rule matches, or none of those that do can go on.
    NO_ROUTE,
    /// A rule for just this service matches, and none of its targets provides it.
    NO_PROVIDER,
    /// Any provider would do and there are several.
    AMBIGUOUS,
    /// The rewritten label is no label.
    LABEL
  }
}

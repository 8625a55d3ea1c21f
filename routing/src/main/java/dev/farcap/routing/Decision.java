package dev.farcap.routing;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import dev.farcap.session.Label;
import java.util.List;
import java.util.TreeMap;

/// Where a session goes, or why it goes nowhere.
public sealed interface Decision {
  /// It is routed.
  ///
  /// @param rule the rule that decided
  /// @param candidates at least one: first the choice of the rules, then what the same rule names
  ///   after it, for as long as the choice takes no sessions; no provider twice
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

    /// The choice of the rules alone: one, or several that serve alike.
    public List<Candidate> first() {
      return candidates.stream().filter(c -> c.target() == candidates.getFirst().target()).toList();
    }

    /// In the order in which a new session tries them: those that are up, then those that drain,
    /// then those that are down; within each in the order of the rule's targets; of one target the
    /// order of `nearness`.
    public List<Candidate> inOrder(Nearness nearness) {
      return candidates.stream()
          .collect(
              groupingBy(
                  c -> c.provider().health(),
                  TreeMap::new,
                  groupingBy(Candidate::target, TreeMap::new, toList())))
          .values()
          .stream()
          .flatMap(targets -> targets.values().stream())
          .flatMap(alike -> nearness.order(alike).stream())
          .toList();
    }
  }

  /// It is denied: permission denied for the program, the reason for the operator.
  ///
  /// @param reason one line; names rules and providers, so not for the other side of a link
  record Denied(Cause cause, String reason) implements Decision {}

  /// A provider and the label to open there.
  ///
  /// @param label the wire label, rewritten
  /// @param target which target of the rule named it, from 0; those of the same target serve alike
  record Candidate(Provider provider, Label label, int target) {}

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

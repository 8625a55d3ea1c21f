package dev.farcap.routing;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Rules in document order, compiled: those that match a question are found without looking at the
/// others.
///
/// Each rule is filed under its listener, its service and one part of its selector. A question
/// looks where rules that match it can be, and gets what it finds in document order. Two routes are
/// equal if their rules are. Immutable.
final class Route {
  /// Whose rules, and for what; null for everybody's and for every service.
  private record Scope(@Nullable String listener, @Nullable String service) {}

  private final List<Rule> rules;
  private final Map<Scope, SelectorIndex> index = new HashMap<>();
  private final Set<@Nullable String> listeners = new HashSet<>();

  /// Compiles rules that stand in document order.
  Route(List<Rule> rules) {
    this.rules = List.copyOf(rules);
    Map<Scope, SortedMap<Integer, Selector>> selectors = new HashMap<>();
    for (int place = 0; place < this.rules.size(); place++) {
      Rule rule = this.rules.get(place);
      listeners.add(rule.listener());
      selectors
          .computeIfAbsent(new Scope(rule.listener(), rule.service()), _ -> new TreeMap<>())
          .put(place, rule.selector());
    }
    selectors.forEach((scope, byPlace) -> index.put(scope, new SelectorIndex(byPlace)));
  }

  /// In document order.
  List<Rule> rules() {
    return rules;
  }

  /// Whether a rule is this listener's or everybody's.
  boolean isOf(String listener) {
    return listeners.contains(listener) || listeners.contains(null);
  }

  /// The rules that match, in document order.
  Iterable<Rule> matching(RouteQuery query) {
    PriorityQueue<Run> runs = new PriorityQueue<>();
    for (Scope scope :
        List.of(
            new Scope(query.listener(), query.service()),
            new Scope(query.listener(), null),
            new Scope(null, query.service()),
            new Scope(null, null))) {
      SelectorIndex selectors = index.get(scope);
      if (selectors != null) {
        selectors.find(query, places -> runs.add(new Run(places)));
      }
    }
    return () -> new Matching(query, runs);
  }

  /// Places in ascending order, and how far they have been taken.
  private static final class Run implements Comparable<Run> {
    private final List<Integer> places;
    private int next;

    Run(List<Integer> places) {
      this.places = places;
    }

    int place() {
      return places.get(next);
    }

    /// Whether there is another.
    boolean advance() {
      return ++next < places.size();
    }

    @Override
    public int compareTo(Run other) {
      return Integer.compare(place(), other.place());
    }
  }

  /// Merges runs, and leaves out what matched by one part of its selector only. No place is in two.
  private final class Matching implements Iterator<Rule> {
    private final RouteQuery query;
    private final PriorityQueue<Run> runs;
    private @Nullable Rule ahead;

    Matching(RouteQuery query, PriorityQueue<Run> runs) {
      this.query = query;
      this.runs = runs;
    }

    @Override
    public boolean hasNext() {
      while (ahead == null && !runs.isEmpty()) {
        Run first = runs.remove();
        Rule rule = rules.get(first.place());
        if (first.advance()) {
          runs.add(first);
        }
        ahead = rule.mismatch(query) == null ? rule : null;
      }
      return ahead != null;
    }

    @Override
    public Rule next() {
      if (!hasNext() || ahead == null) {
        throw new NoSuchElementException();
      }
      Rule rule = ahead;
      ahead = null;
      return rule;
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Route route && rules.equals(route.rules);
  }

  @Override
  public int hashCode() {
    return rules.hashCode();
  }

  @Override
  public String toString() {
    return rules.toString();
  }
}

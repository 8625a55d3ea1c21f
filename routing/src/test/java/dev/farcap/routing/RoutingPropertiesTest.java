package dev.farcap.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.routing.Decision.Denied;
import dev.farcap.routing.Decision.Routed;
import dev.farcap.routing.Router.Fate;
import dev.farcap.routing.Router.OpenSession;
import dev.farcap.session.Label;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;

/// What holds for all rules, policies and labels.
class RoutingPropertiesTest {
  private static final List<Provider> PROVIDERS =
      List.of(
          RouterTest.provider("b", "s.One", "s.Two"),
          RouterTest.provider("c", "s.One"),
          RouterTest.provider("d", "s.Three"));

  @Property(tries = 300)
  void everyQuestionHasOneAnswerAndItsExplanationSaysTheSame(
      @ForAll("queries") RouteQuery query, @ForAll("snapshots") DirectorySnapshot directory) {
    Decision decision = Router.route(query, directory);

    assertEquals(decision, Router.route(query, directory));
    List<String> lines = Router.explain(query, directory).lines();
    String answer =
        switch (decision) {
          case Routed routed -> routed.first().getFirst().provider().identity().toString();
          case Denied denied -> "denied: " + denied.reason();
        };
    assertTrue(lines.getLast().contains(answer), lines::toString);
  }

  @Property(tries = 300)
  void everyCandidateProvidesTheServiceAndNoneTwice(
      @ForAll("queries") RouteQuery query, @ForAll("snapshots") DirectorySnapshot directory) {
    if (Router.route(query, directory) instanceof Routed routed) {
      assertTrue(
          routed.candidates().stream()
              .allMatch(c -> c.provider().services().contains(query.service())));
      assertEquals(
          routed.candidates().size(),
          routed.candidates().stream().map(c -> c.provider().identity()).distinct().count());
    }
  }

  @Property(tries = 300)
  void aSessionIsNeverReroutedByTheSameDirectory(
      @ForAll("queries") RouteQuery query, @ForAll("snapshots") DirectorySnapshot directory) {
    if (Router.route(query, directory) instanceof Routed routed) {
      Decision.Candidate last = routed.candidates().getLast();
      boolean fallback = !routed.first().contains(last);

      assertEquals(
          new Fate.Stays(),
          Router.affected(
              new OpenSession(query, last.provider().identity(), last.label(), fallback),
              directory));
    }
  }

  @Property(tries = 500)
  void theFirstRuleThatMatchesDecides(
      @ForAll("queries") RouteQuery query, @ForAll("snapshots") DirectorySnapshot directory) {
    boolean routed = directory.rules().stream().anyMatch(rule -> isOf(query.listener(), rule));
    Decision expected =
        (routed ? directory.rules() : directory.defaultRoute())
            .stream()
                .filter(rule -> isFor(query, rule))
                .map(rule -> alone(query, rule))
                .filter(decision -> !isUndecided(decision))
                .findFirst()
                .orElse(alone(query, null));

    assertEquals(expected, Router.route(query, directory));
  }

  /// The rules that a compiled route leaves out are those that do not match: a hundred thousand
  /// cases.
  @Property(tries = 1_000)
  void compiledRoutesDecideAsTheirRulesDoOneByOne(
      @ForAll("bigSnapshots") DirectorySnapshot directory,
      @ForAll("manyQueries") List<RouteQuery> queries) {
    for (RouteQuery query : queries) {
      List<Rule> route = directory.routeOf(query.listener()).rules();

      assertEquals(
          new RouteWalk(query, directory, Trace.NONE).decide(route),
          Router.route(query, directory));
    }
  }

  private static boolean isOf(String listener, Rule rule) {
    return rule.listener() == null || listener.equals(rule.listener());
  }

  /// By the text of the rule.
  private static boolean isFor(RouteQuery query, Rule rule) {
    String asked = query.asked().toString();
    Selector selector = rule.selector();
    LabelPattern pattern = selector.pattern();
    boolean label;
    if (selector.unscoped() != null) {
      String joined = asked.isEmpty() ? "" : " -> " + asked;
      label = selector.unscoped().equals(query.listener() + joined);
    } else if (selector.last() != null) {
      label =
          selector
              .last()
              .equals(
                  asked.substring(
                      asked.lastIndexOf(" -> ") < 0 ? 0 : asked.lastIndexOf(" -> ") + 4));
    } else {
      label =
          (pattern.label() == null || asked.equals(pattern.label()))
              && (pattern.prefix() == null || asked.startsWith(pattern.prefix()))
              && (pattern.suffix() == null || asked.endsWith(pattern.suffix()));
    }
    return label
        && isOf(query.listener(), rule)
        && (rule.service() == null || rule.service().equals(query.service()));
  }

  /// What the rule would decide if there were no other.
  private static Decision alone(RouteQuery query, @Nullable Rule rule) {
    List<Rule> rules = rule == null ? List.of() : List.of(rule);
    return Router.route(query, DirectorySnapshot.of(1, PROVIDERS, rules, List.of()));
  }

  private static boolean isUndecided(Decision decision) {
    return decision instanceof Denied denied && denied.cause() == Decision.Cause.NO_ROUTE;
  }

  @Property(tries = 300)
  void theFirstPartOfARouteDecidesOrElseTheSecond(
      @ForAll("queries") RouteQuery query,
      @ForAll("routes") List<Rule> first,
      @ForAll("routes") List<Rule> second) {
    List<Rule> both = new ArrayList<>(first);
    both.addAll(second);

    Decision early = route(query, first);

    assertEquals(isUndecided(early) ? route(query, second) : early, route(query, both));
  }

  private static Decision route(RouteQuery query, List<Rule> rules) {
    return Router.route(query, DirectorySnapshot.of(1, PROVIDERS, rules, List.of()));
  }

  @Property(tries = 300)
  void theOrderOfPoliciesDecidesOnlyBetweenEquals(
      @ForAll("labels") Label effective,
      @ForAll("patterns") List<LabelPattern> patterns,
      @ForAll Random order) {
    List<Policy<LabelPattern>> document = new ArrayList<>();
    for (LabelPattern pattern : patterns) {
      document.add(new Policy<>("line", pattern, pattern));
    }
    List<Policy<LabelPattern>> shuffled = new ArrayList<>(document);
    Collections.shuffle(shuffled, order);

    assertEquals(specificity(document, effective), specificity(shuffled, effective));
  }

  /// Of the policy that is selected: which parts it has, and how long they are.
  private static String specificity(List<Policy<LabelPattern>> document, Label effective) {
    return switch (new Policies<LabelPattern>(document, null).select(effective)) {
      case Selection.Denied<LabelPattern> _ -> "denied";
      case Selection.Selected<LabelPattern>(_, LabelPattern pattern) ->
          (pattern.label() != null)
              + " "
              + Optional.ofNullable(pattern.prefix()).map(String::length)
              + " "
              + Optional.ofNullable(pattern.suffix()).map(String::length);
    };
  }

  @Property(tries = 500)
  void theSelectedPolicyIsTheBestOfThoseThatMatch(
      @ForAll("labels") Label effective, @ForAll("patterns") List<LabelPattern> patterns) {
    List<Policy<Integer>> document = new ArrayList<>();
    for (LabelPattern pattern : patterns) {
      document.add(new Policy<>("line " + document.size(), pattern, document.size()));
    }

    Selection<Integer> selection = new Policies<Integer>(document, null).select(effective);

    assertEquals(best(document, effective), selection);
  }

  /// By the text of the rule: all that match, compared part by part.
  private static Selection<Integer> best(List<Policy<Integer>> document, Label effective) {
    String text = effective.toString();
    String beginning = effective.elements().size() == 2 ? text + " -> " : text;
    Optional<Policy<Integer>> best =
        document.stream()
            .filter(p -> !p.pattern().isEmpty())
            .filter(p -> p.pattern().mismatch(text, beginning) == null)
            .max(
                Comparator.<Policy<Integer>, Boolean>comparing(p -> p.pattern().label() != null)
                    .thenComparing(p -> p.pattern().prefix() != null)
                    .thenComparingInt(
                        p -> Optional.ofNullable(p.pattern().prefix()).orElse("").length())
                    .thenComparing(p -> p.pattern().suffix() != null)
                    .thenComparingInt(
                        p -> Optional.ofNullable(p.pattern().suffix()).orElse("").length())
                    .thenComparingInt(p -> -p.serves()));
    return best.<Selection<Integer>>map(p -> new Selection.Selected<>(p.place(), p.serves()))
        .orElse(new Selection.Denied<>());
  }

  @Provide
  Arbitrary<RouteQuery> queries() {
    return Combinators.combine(Arbitraries.of("app1", "app2"), services(), labels())
        .as(RouteQuery::new);
  }

  @Provide
  Arbitrary<List<RouteQuery>> manyQueries() {
    return queries().list().ofSize(100);
  }

  @Provide
  Arbitrary<DirectorySnapshot> snapshots() {
    Arbitrary<List<Rule>> rules = rules().list().ofMaxSize(6);
    return Combinators.combine(rules, rules)
        .as((own, byDefault) -> DirectorySnapshot.of(1, PROVIDERS, own, byDefault));
  }

  @Provide
  Arbitrary<DirectorySnapshot> bigSnapshots() {
    Arbitrary<List<Rule>> rules = rules().list().ofMaxSize(60);
    return rules.map(own -> DirectorySnapshot.of(1, PROVIDERS, own, own.reversed()));
  }

  @Provide
  Arbitrary<List<Rule>> routes() {
    return rules().list().ofMaxSize(4);
  }

  @Provide
  Arbitrary<Label> labels() {
    return Arbitraries.of("a", "b", "ab").list().ofMaxSize(3).map(Label::new);
  }

  @Provide
  Arbitrary<List<LabelPattern>> patterns() {
    return pattern().list().ofMaxSize(8);
  }

  private static Arbitrary<String> services() {
    return Arbitraries.of("s.One", "s.Two", "s.Three", "s.Four");
  }

  private static Arbitrary<String> texts() {
    return Arbitraries.of("", "a", "b", "ab", "a -> ", "a -> b", "ab -> a -> b", " -> b");
  }

  private static Arbitrary<LabelPattern> pattern() {
    return Combinators.combine(
            texts().injectNull(0.6), texts().injectNull(0.4), texts().injectNull(0.4))
        .as(LabelPattern::new);
  }

  private static Arbitrary<Rule> rules() {
    Arbitrary<Selector> selectors =
        Combinators.combine(pattern(), texts().injectNull(0.8), texts().injectNull(0.8))
            .as(Selector::new);
    return Combinators.combine(
            Arbitraries.of("app1", "app2").injectNull(0.5),
            services().injectNull(0.5),
            selectors,
            targets().list().ofMaxSize(3))
        .as((listener, service, selector, to) -> new Rule("line", listener, service, selector, to));
  }

  private static Arbitrary<Target> targets() {
    Arbitrary<Rewrite> rewrites =
        texts()
            .filter(t -> !t.startsWith(" "))
            .injectNull(0.5)
            .map(prepend -> new Rewrite(null, null, null, prepend));
    Arbitrary<Target> named =
        Combinators.combine(Arbitraries.of(PROVIDERS), rewrites)
            .as((provider, rewrite) -> new Target.Named(provider.identity(), rewrite));
    Arbitrary<Target> nearest =
        Combinators.combine(Arbitraries.of(PROVIDERS).list().ofMaxSize(3), rewrites)
            .as(
                (among, rewrite) ->
                    new Target.Nearest(among.stream().map(Provider::identity).toList(), rewrite));
    return Arbitraries.oneOf(named, rewrites.map(Target.Any::new), nearest);
  }
}

package dev.farcap.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.routing.Decision.Candidate;
import dev.farcap.routing.Decision.Cause;
import dev.farcap.routing.Decision.Denied;
import dev.farcap.routing.Decision.Routed;
import dev.farcap.routing.Provider.Health;
import dev.farcap.routing.Router.Fate;
import dev.farcap.routing.Router.OpenSession;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ServiceAlias;
import dev.farcap.session.SessionRequest;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every sentence about the routes of init.
class RouterTest {
  private static final String ROM = ServiceAlias.ROM.service();
  private static final String LOG = ServiceAlias.LOG.service();

  private static final Provider B = provider("b", ROM, LOG);
  private static final Provider C = provider("c", ROM);
  private static final Provider D = provider("d", "acme.Sensor");

  // ---- Which rule matches

  @Test
  void theFirstRuleInDocumentOrderWins() {
    Rule first = rule("1", ROM, Selector.ANY, to(B));
    Rule second = rule("2", ROM, Selector.ANY, to(C));

    assertEquals("b", routed("x", first, second));
    assertEquals("c", routed("x", second, first));
  }

  @Test
  void aLaterRuleThatSaysMoreDoesNotWin() {
    Rule broad = rule("1", null, Selector.ANY, to(B));
    Rule exact = rule("2", ROM, label("config"), to(C));

    assertEquals("b", routed("config", broad, exact));
  }

  @Test
  void aRuleForAnotherServiceDoesNotMatch() {
    assertEquals(
        "c", routed("x", rule("1", LOG, Selector.ANY, to(B)), rule("2", ROM, Selector.ANY, to(C))));
  }

  /// The program behind listener `app1` asks for a label; null stands for a part that is absent.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # asked         | label  | prefix  | suffix | last   | unscoped           | matches
          config          | -      | -       | -      | -      | -                  | true
          ''              | -      | -       | -      | -      | -                  | true
          config          | config | -       | -      | -      | -                  | true
          config          | Config | -       | -      | -      | -                  | false
          net -> config   | config | -       | -      | -      | -                  | false
          config          | 'app1 -> config' | - | -  | -      | -                  | false
          ''              | ''     | -       | -      | -      | -                  | true
          config          | ''     | -       | -      | -      | -                  | false
          config          | -      | con     | -      | -      | -                  | true
          config          | -      | config  | -      | -      | -                  | true
          config          | -      | 'config -> ' | - | -      | -                  | false
          config          | -      | configs | -      | -      | -                  | false
          config          | -      | 'app1 -> ' | -   | -      | -                  | false
          app1 -> config  | -      | 'app1 -> ' | -   | -      | -                  | true
          net10 -> x      | -      | net1    | -      | -      | -                  | true
          net10 -> x      | -      | 'net1 -> ' | -   | -      | -                  | false
          config          | -      | ''      | -      | -      | -                  | true
          ''              | -      | ''      | -      | -      | -                  | true
          a.xml           | -      | -       | .xml   | -      | -                  | true
          a.xml           | -      | -       | xml.   | -      | -                  | false
          config          | -      | -       | 'app1 -> config' | - | -             | false
          net -> config   | -      | -       | ' -> config' | - | -                 | true
          net -> config   | -      | 'net -> ' | config | -    | -                  | true
          net -> config   | -      | 'net -> ' | log  | -      | -                  | false
          net -> config   | -      | 'usb -> ' | config | -    | -                  | false
          config          | config | c       | g      | -      | -                  | true
          config          | config | x       | -      | -      | -                  | false
          config          | config | -       | x      | -      | -                  | false
          net -> config   | -      | -       | -      | config | -                  | true
          config          | -      | -       | -      | config | -                  | true
          net -> config   | -      | -       | -      | conf   | -                  | false
          net -> config   | -      | -       | -      | net    | -                  | false
          ''              | -      | -       | -      | ''     | -                  | true
          ''              | -      | -       | -      | app1   | -                  | false
          net -> config   | other  | other   | other  | config | -                  | true
          net -> config   | 'net -> config' | - | -   | other  | -                  | false
          config          | -      | -       | -      | -      | app1 -> config     | true
          config          | -      | -       | -      | -      | config             | false
          config          | -      | -       | -      | -      | app1               | false
          ''              | -      | -       | -      | -      | app1               | true
          net -> config   | -      | -       | -      | -      | app1 -> net -> config | true
          config          | other  | other   | other  | other  | app1 -> config     | true
          config          | config | c       | g      | config | app2 -> config     | false
          """)
  void allSelectorsThatCountMustMatch(
      String asked,
      @Nullable String label,
      @Nullable String prefix,
      @Nullable String suffix,
      @Nullable String last,
      @Nullable String unscoped,
      boolean matches) {
    Selector selector = new Selector(new LabelPattern(label, prefix, suffix), last, unscoped);

    assertEquals(matches ? "b" : "NO_ROUTE", routed(asked, rule("1", ROM, selector, to(B))));
  }

  // ---- Targets

  @Test
  void targetsAreTriedInOrder() {
    assertEquals("b c", routed("x", rule("1", ROM, Selector.ANY, to(B), to(C))));
    assertEquals("c b", routed("x", rule("1", ROM, Selector.ANY, to(C), to(B))));
  }

  @Test
  void aTargetFailsIfItDoesNotProvideTheService() {
    assertEquals("c", routed("x", rule("1", ROM, Selector.ANY, to(D), to(C))));
  }

  @Test
  void aTargetFailsIfTheDirectoryDoesNotKnowIt() {
    Provider stranger = provider("stranger", ROM);

    assertEquals("c", routed("x", rule("1", ROM, Selector.ANY, to(stranger), to(C))));
  }

  @Test
  void aRuleForTheServiceWhoseTargetsAllFailDeniesAndNoFurtherRuleIsTried() {
    Rule specific = rule("1", ROM, Selector.ANY, to(D));
    Rule good = rule("2", ROM, Selector.ANY, to(B));

    assertEquals("NO_PROVIDER", routed("x", specific, good));
  }

  @Test
  void aRuleForAnyServiceWhoseTargetsAllFailLetsTheNextBeTried() {
    Rule any = rule("1", null, Selector.ANY, to(D));
    Rule good = rule("2", ROM, Selector.ANY, to(B));

    assertEquals("b", routed("x", any, good));
    assertEquals("NO_ROUTE", routed("x", any, any));
  }

  @Test
  void aRuleWithoutTargetsIsOneWhoseTargetsAllFail() {
    Rule good = rule("2", ROM, Selector.ANY, to(B));

    assertEquals("NO_PROVIDER", routed("x", rule("1", ROM, Selector.ANY), good));
    assertEquals("b", routed("x", rule("1", null, Selector.ANY), good));
  }

  @Test
  void withoutAnyRuleThereIsNoRoute() {
    assertEquals("NO_ROUTE", routed("x"));
  }

  @Test
  void anyIsTheOneProviderOfTheService() {
    Rule rule = rule("1", null, Selector.ANY, any());

    assertEquals("b", name(Router.route(query(LOG, "x"), directory(rule))));
    assertEquals("d", name(Router.route(query("acme.Sensor", "x"), directory(rule))));
    assertEquals("NO_ROUTE", name(Router.route(query("acme.Other", "x"), directory(rule))));
  }

  @Test
  void anyWithSeveralProvidersIsAmbiguousAndDenied() {
    Rule good = rule("2", ROM, Selector.ANY, to(B));

    assertEquals("AMBIGUOUS", routed("x", rule("1", ROM, Selector.ANY, any()), good));
    assertEquals("AMBIGUOUS", routed("x", rule("1", null, Selector.ANY, any()), good));
    assertEquals("AMBIGUOUS", routed("x", rule("1", ROM, Selector.ANY, any(), to(B)), good));
    assertEquals("c", routed("x", rule("1", ROM, Selector.ANY, to(C), any()), good));
  }

  // ---- Listeners and the default route

  @Test
  void aRuleThatNamesAListenerBelongsToItsRouteOnly() {
    Rule others = new Rule("1", "app2", ROM, Selector.ANY, List.of(to(B)));
    Rule own = new Rule("2", "app1", ROM, Selector.ANY, List.of(to(C)));

    assertEquals("c", routed("x", others, own));
    assertEquals("NO_ROUTE", routed("x", others));
  }

  @Test
  void theDefaultRouteIsForListenersWithoutAnyRoute() {
    List<Rule> byDefault = List.of(rule("9", ROM, Selector.ANY, to(B)));
    Rule others = new Rule("1", "app2", LOG, Selector.ANY, List.of(to(B)));
    Rule own = new Rule("1", "app1", LOG, Selector.ANY, List.of(to(B)));
    Rule everybody = rule("1", LOG, Selector.ANY, to(B));

    assertEquals("b", name(Router.route(query(ROM, "x"), directory(List.of(), byDefault))));
    assertEquals("b", name(Router.route(query(ROM, "x"), directory(List.of(others), byDefault))));
    assertEquals(
        "NO_ROUTE", name(Router.route(query(ROM, "x"), directory(List.of(own), byDefault))));
    assertEquals(
        "NO_ROUTE", name(Router.route(query(ROM, "x"), directory(List.of(everybody), byDefault))));
  }

  // ---- Rewriting

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # asked     | label | identity | resource | prepend  | opened
          config      | -     | -        | -        | -        | app1 -> config
          ''          | -     | -        | -        | -        | app1
          net -> cfg  | -     | -        | -        | -        | app1 -> net -> cfg
          config      | a -> b | -       | -        | -        | a -> b
          config      | a     | x        | y        | z        | a
          config      | ''    | x        | y        | z        | ''
          net -> cfg  | -     | x -> y   | -        | -        | x -> y -> cfg
          config      | -     | x        | -        | -        | x -> config
          config      | -     | ''       | -        | -        | config
          ''          | -     | x        | -        | -        | x
          ''          | -     | ''       | -        | -        | ''
          net -> cfg  | -     | -        | other    | -        | app1 -> net -> other
          ''          | -     | -        | other    | -        | app1 -> other
          config      | -     | x        | other    | -        | x -> other
          config      | -     | ''       | other    | -        | other
          config      | -     | -        | -        | 'boot-'  | app1 -> boot-config
          config      | -     | -        | -        | 'boot -> ' | app1 -> boot -> config
          config      | -     | -        | -        | 'a -> b-' | app1 -> a -> b-config
          ''          | -     | -        | -        | 'boot'   | app1 -> boot
          ''          | -     | -        | -        | 'boot -> ' | app1 -> boot
          config      | -     | -        | other    | 'boot-'  | app1 -> boot-other
          config      | -     | ''       | a -> b   | 'x-'     | x-a -> b
          config      | -     | -        | ''       | -        | app1
          config      | -     | -        | -        | ''       | app1 -> config
          """)
  void theTargetRewritesTheLabel(
      String asked,
      @Nullable String label,
      @Nullable String identity,
      @Nullable String resource,
      @Nullable String prepend,
      String opened) {
    Rewrite rewrite = new Rewrite(parse(label), parse(identity), parse(resource), prepend);
    Rule rule = rule("1", ROM, Selector.ANY, new Target.Named(B.identity(), rewrite));

    Decision decision = Router.route(query(ROM, asked), directory(rule));

    assertEquals(
        opened,
        assertInstanceOf(Routed.class, decision).candidates().getFirst().label().toString());
  }

  @Test
  void aLabelThatOutgrowsItsLimitIsDeniedNotCut() {
    Rewrite rewrite = new Rewrite(null, null, null, "x".repeat(60));
    Rule rule = rule("1", ROM, Selector.ANY, new Target.Named(B.identity(), rewrite), to(C));

    assertEquals("b c", routed("1234", rule));
    assertEquals("LABEL", routed("12345", rule));
  }

  @Test
  void theProgramCannotCompleteASeparatorThatTheOperatorBegan() {
    Rewrite rewrite = new Rewrite(null, null, null, "boot -");
    Rule rule = rule("1", ROM, Selector.ANY, new Target.Named(B.identity(), rewrite));

    assertEquals("LABEL", routed("> secret", rule));
  }

  @Test
  void whatNoLabelCanBeginWithIsNoRewriting() {
    assertThrows(
        IllegalArgumentException.class, () -> new Rewrite(null, null, null, "x".repeat(64)));
    assertThrows(IllegalArgumentException.class, () -> new Rewrite(null, null, null, "a\n"));
    assertThrows(IllegalArgumentException.class, () -> new Rewrite(null, null, null, " -> "));
  }

  // ---- Health

  @Test
  void healthChoosesAmongTheCandidatesAndNeverTheRule() {
    Provider down = new Provider("b", B.identity(), B.services(), List.of(), Health.DOWN, 100);
    Provider draining =
        new Provider("c", C.identity(), C.services(), List.of(), Health.DRAINING, 100);
    Provider up = provider("e", ROM);
    Rule rule = rule("1", ROM, Selector.ANY, to(down), to(draining), to(up));
    DirectorySnapshot directory =
        DirectorySnapshot.of(1, List.of(down, draining, up), List.of(rule), List.of());

    Routed routed = assertInstanceOf(Routed.class, Router.route(query(ROM, "x"), directory));

    assertEquals("b c e", names(routed.candidates()));
    assertEquals("e c b", names(routed.inOrder(Nearness.unmeasured(""))));
    assertEquals("b", names(routed.first()));
  }

  // ---- Several that serve alike

  @Test
  void ofTheNearestAllThatProvideTheServiceAreCandidates() {
    assertEquals("b c", routed("x", rule("1", ROM, Selector.ANY, nearest())));
    assertEquals("c b", routed("x", rule("1", ROM, Selector.ANY, nearest(C, D, B))));
    assertEquals("NO_PROVIDER", routed("x", rule("1", ROM, Selector.ANY, nearest(D))));
    assertEquals(
        "b",
        routed(
            "x", rule("1", null, Selector.ANY, nearest(D)), rule("2", ROM, Selector.ANY, to(B))));
  }

  @Test
  void noProviderIsACandidateTwice() {
    Routed routed =
        assertInstanceOf(
            Routed.class,
            Router.route(
                query(ROM, "x"), directory(rule("1", ROM, Selector.ANY, to(C), nearest()))));

    assertEquals("c b", names(routed.candidates()));
    assertEquals("c", names(routed.first()));
  }

  @Test
  void healthAndTheOrderOfTargetsCountBeforeNearness() {
    Provider down = new Provider("b", B.identity(), B.services(), List.of(), Health.DOWN, 100);
    Provider e = provider("e", ROM);
    Provider f = provider("f", ROM);
    Rule rule = rule("1", ROM, Selector.ANY, nearest(down, C, e), to(f));
    DirectorySnapshot directory =
        DirectorySnapshot.of(1, List.of(down, C, e, f), List.of(rule), List.of());
    Map<String, Long> milliseconds = Map.of("b", 1L, "c", 50L, "e", 10L, "f", 1L);

    Routed routed = assertInstanceOf(Routed.class, Router.route(query(ROM, "x"), directory));

    assertEquals(
        "e c f b",
        names(
            routed.inOrder(
                new Nearness("", id -> milliseconds.getOrDefault(id.path(), 0L) * 1_000_000))));
  }

  @Test
  void aSessionStaysAtOneOfSeveralThatServeAlike() {
    OpenSession open = new OpenSession(query(ROM, "x"), C.identity(), wire("x"), false);

    assertEquals(
        new Fate.Stays(),
        Router.affected(open, directory(rule("1", ROM, Selector.ANY, nearest()))));
    assertEquals(
        new Fate.Rerouted("it is now for b (farcap://lab/b), label \"app1 -> x\""),
        Router.affected(open, directory(rule("1", ROM, Selector.ANY, to(B), nearest()))));
  }

  @Test
  void anExplanationNamesThoseThatServeAlike() {
    assertEquals(
        """
        ROM "app1 -> x", directory 7
          yes  1  service ROM, any label: matches
            yes  to nearest: b, c provide ROM
        => the nearest of b (farcap://lab/b), c (farcap://lab/c), label "app1 -> x\"""",
        Router.explain(query(ROM, "x"), directory(rule("1", ROM, Selector.ANY, nearest())))
            .toString());
    assertEquals(
        """
        ROM "app1 -> x", directory 7
          yes  1  service ROM, any label: matches
            yes  to c: provides ROM
            no   to nearest of b, c: b provide it too, if the first is away
        => c (farcap://lab/c), label "app1 -> x\"""",
        Router.explain(
                query(ROM, "x"), directory(rule("1", ROM, Selector.ANY, to(C), nearest(B, C))))
            .toString());
  }

  // ---- A change of the directory

  @Test
  void anOpenSessionStaysWhereProviderAndLabelAreTheSame() {
    OpenSession open = new OpenSession(query(ROM, "x"), B.identity(), wire("x"), false);

    assertEquals(
        new Fate.Stays(), Router.affected(open, directory(rule("1", ROM, label("x"), to(B)))));
    assertEquals(
        new Fate.Stays(),
        Router.affected(open, directory(rule("8", null, Selector.ANY, to(B), to(C)))));
  }

  @Test
  void anOpenSessionIsReroutedIfProviderOrLabelDiffer() {
    OpenSession open = new OpenSession(query(ROM, "x"), B.identity(), wire("x"), false);
    Rewrite rewrite = new Rewrite(Label.of("y"), null, null, null);

    assertEquals(
        new Fate.Rerouted("it is now for c (farcap://lab/c), label \"app1 -> x\""),
        Router.affected(open, directory(rule("1", ROM, Selector.ANY, to(C), to(B)))));
    assertEquals(
        new Fate.Rerouted("it is now for b (farcap://lab/b), label \"y\""),
        Router.affected(
            open,
            directory(rule("1", ROM, Selector.ANY, new Target.Named(B.identity(), rewrite)))));
    assertEquals(
        new Fate.Rerouted("no route for ROM \"app1 -> x\""), Router.affected(open, directory()));
  }

  @Test
  void aSessionAtAStandInStaysWhileItIsACandidate() {
    OpenSession open = new OpenSession(query(ROM, "x"), C.identity(), wire("x"), true);

    assertEquals(
        new Fate.Stays(),
        Router.affected(open, directory(rule("1", ROM, Selector.ANY, to(B), to(C)))));
    assertInstanceOf(
        Fate.Rerouted.class, Router.affected(open, directory(rule("1", ROM, Selector.ANY, to(B)))));
  }

  // ---- The question

  @Test
  void theFirstElementOfAWireLabelIsTheListener() {
    RouteQuery query = RouteQuery.of(SessionRequest.of(ROM, Label.parse("app1 -> net -> cfg")));

    assertEquals(new RouteQuery("app1", ROM, Label.parse("net -> cfg")), query);
    assertThrows(
        IllegalArgumentException.class, () -> RouteQuery.of(SessionRequest.of(ROM, Label.EMPTY)));
  }

  @Test
  void whatMakesNoWireLabelIsNoQuestion() {
    Label full = new Label(Stream.generate(() -> "e").limit(Label.ELEMENTS_MAX).toList());

    assertThrows(IllegalArgumentException.class, () -> new RouteQuery("app1", ROM, full));
    assertThrows(IllegalArgumentException.class, () -> new RouteQuery("", ROM, Label.EMPTY));
    assertThrows(IllegalArgumentException.class, () -> new RouteQuery("a", "no service", full));
  }

  // ---- Explanations

  @Test
  void anExplanationNamesEveryRuleTriedAndWhy() {
    DirectorySnapshot directory =
        directory(
            new Rule("r.yaml:3", "app2", null, Selector.ANY, List.of(any())),
            rule("r.yaml:4", LOG, Selector.ANY, to(B)),
            rule("r.yaml:5", ROM, Selector.of(new LabelPattern(null, "usb -> ", ".x")), to(B)),
            rule("r.yaml:6", null, new Selector(LabelPattern.ANY, "cfg", null), to(D)),
            rule(
                "r.yaml:7",
                ROM,
                Selector.ANY,
                to(D),
                new Target.Named(B.identity(), new Rewrite(null, null, Label.of("y"), "z-")),
                to(C)),
            rule("r.yaml:8", ROM, Selector.ANY, to(B)));

    assertEquals(
        """
        ROM "app1 -> net -> cfg", directory 7
          no   r.yaml:3  listener app2, any service, any label: listener does not match
          no   r.yaml:4  service LOG, any label: service does not match
          no   r.yaml:5  service ROM, labelPrefix "usb -> ", labelSuffix ".x": labelPrefix does not match
          yes  r.yaml:6  any service, labelLast "cfg": matches
            no   to d: does not provide ROM
          yes  r.yaml:7  service ROM, any label: matches
            no   to d: does not provide ROM
            yes  to b (resource "y", prependResource "z-"): provides ROM
            no   to c: provides it too, if the first is away
        => b (farcap://lab/b), label "app1 -> net -> z-y\"""",
        Router.explain(query(ROM, "net -> cfg"), directory).toString());
  }

  @Test
  void anExplanationOfARefusalEndsWithTheReason() {
    assertEquals(
        """
        ROM "app1", directory 7
          yes  r.yaml:1  service ROM, any label: matches
            no   to any: ambiguous, 2 provide ROM
        => denied: r.yaml:1: to any: ambiguous, 2 provide ROM""",
        Router.explain(query(ROM, ""), directory(rule("r.yaml:1", ROM, Selector.ANY, any())))
            .toString());
    assertEquals(
        """
        ROM "app1", directory 7
          yes  r.yaml:1  service ROM, any label: matches
            no   to farcap://lab/gone: does not provide ROM
        => denied: no target of r.yaml:1 provides ROM""",
        Router.explain(
                query(ROM, ""),
                directory(rule("r.yaml:1", ROM, Selector.ANY, to(provider("gone", ROM)))))
            .toString());
    assertEquals(
        """
        acme.Sensor "app1", directory 7
        => denied: no route for acme.Sensor "app1\"""",
        Router.explain(query("acme.Sensor", ""), directory()).toString());
  }

  // ---- Words of the tests

  static Provider provider(String name, String... services) {
    return new Provider(
        name, new Identity("lab", name), Set.of(services), List.of("tls://h:1"), Health.UP, 100);
  }

  static Rule rule(String place, @Nullable String service, Selector selector, Target... targets) {
    return new Rule(place, null, service, selector, List.of(targets));
  }

  static Target to(Provider provider) {
    return new Target.Named(provider.identity(), Rewrite.NONE);
  }

  static Target any() {
    return new Target.Any(Rewrite.NONE);
  }

  /// Nobody named: all that provide the service.
  static Target nearest(Provider... among) {
    return new Target.Nearest(Stream.of(among).map(Provider::identity).toList(), Rewrite.NONE);
  }

  private static Selector label(String label) {
    return Selector.of(new LabelPattern(label, null, null));
  }

  private static @Nullable Label parse(@Nullable String text) {
    return text == null ? null : Label.parse(text);
  }

  private static Label wire(String asked) {
    return query(ROM, asked).wireLabel();
  }

  private static RouteQuery query(String service, String asked) {
    return new RouteQuery("app1", service, Label.parse(asked));
  }

  private static DirectorySnapshot directory(Rule... rules) {
    return directory(List.of(rules), List.of());
  }

  private static DirectorySnapshot directory(List<Rule> rules, List<Rule> byDefault) {
    return DirectorySnapshot.of(7, List.of(B, C, D), rules, byDefault);
  }

  /// Names of the candidates of a ROM session, or the cause of the refusal.
  private static String routed(String asked, Rule... rules) {
    return name(Router.route(query(ROM, asked), directory(rules)));
  }

  private static String name(Decision decision) {
    return switch (decision) {
      case Routed routed -> names(routed.candidates());
      case Denied(Cause cause, _) -> cause.name();
    };
  }

  private static String names(List<Candidate> candidates) {
    return candidates.stream().map(c -> c.provider().name()).collect(Collectors.joining(" "));
  }
}

package dev.farcap.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.farcap.session.Label;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Every sentence about the policies of a server.
class PoliciesTest {
  private static final String SEEN = "host-a -> app1 -> config";

  @Test
  void aPolicyWithoutAnyPartNeverMatches() {
    assertEquals("denied", select(SEEN, policy("empty", null, null, null)));
  }

  @Test
  void anEmptyPrefixMatchesAll() {
    Policy<String> all = policy("all", null, "", null);

    assertEquals("all", select(SEEN, all));
    assertEquals("all", select("", all));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          # label                   | prefix        | suffix    | matches
          host-a -> app1 -> config  | -             | -         | true
          app1 -> config            | -             | -         | false
          -                         | host-a        | -         | true
          -                         | 'host-a -> '  | -         | true
          -                         | 'app1 -> '    | -         | false
          -                         | host-b        | -         | false
          -                         | -             | config    | true
          -                         | -             | ''        | true
          -                         | -             | 'x'       | false
          -                         | 'host-a -> '  | config    | true
          -                         | 'host-b -> '  | config    | false
          -                         | 'host-a -> '  | x         | false
          host-a -> app1 -> config  | host-b        | -         | false
          host-a -> app1 -> config  | -             | x         | false
          x                         | host-a        | config    | false
          """)
  void anyPartThatDoesNotMatchDisqualifies(
      @Nullable String label, @Nullable String prefix, @Nullable String suffix, boolean matches) {
    assertEquals(matches ? "p" : "denied", select(SEEN, policy("p", label, prefix, suffix)));
  }

  /// Each line: the winner, then the loser; in whichever order they are written.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          host-a -> app1 -> config | -   | -      | - | host-a -> app1 -> | config
          host-a -> app1 -> config | ''  | -      | host-a -> app1 -> config | - | config
          -                        | ''  | -      | - | -                | host-a -> app1 -> config
          -                        | h   | -      | - | ''               | host-a -> app1 -> config
          -                        | host-a -> | - | - | host           | host-a -> app1 -> config
          -                        | host-a | ''   | - | host-a         | -
          -                        | host-a | g    | - | host-a         | ''
          -                        | host-a | config | - | host-a       | fig
          -                        | -      | g    | - | -              | ''
          """)
  void theMoreSpecificWinsWhereverItIsWritten(
      @Nullable String label,
      @Nullable String prefix,
      @Nullable String suffix,
      @Nullable String otherLabel,
      @Nullable String otherPrefix,
      @Nullable String otherSuffix) {
    Policy<String> winner = policy("winner", label, prefix, suffix);
    Policy<String> loser = policy("loser", otherLabel, otherPrefix, otherSuffix);

    assertEquals("winner", select(SEEN, winner, loser));
    assertEquals("winner", select(SEEN, loser, winner));
  }

  @Test
  void amongEqualsTheFirstInTheDocumentWins() {
    for (LabelPattern pattern :
        List.of(
            new LabelPattern(SEEN, null, null),
            new LabelPattern(null, "host", null),
            new LabelPattern(null, "host", "fig"))) {
      Policy<String> one = new Policy<>("p.yaml:1", pattern, "one");
      Policy<String> two = new Policy<>("p.yaml:2", pattern, "two");

      assertEquals("one", select(SEEN, one, two));
      assertEquals("two", select(SEEN, two, one));
    }
  }

  @Test
  void aMoreSpecificPolicyThatDoesNotMatchChangesNothing() {
    assertEquals(
        "b",
        select(SEEN, policy("a", null, "host-a -> app2 -> ", null), policy("b", null, "h", null)));
  }

  @Test
  void withoutAMatchTheDefaultServesElseItIsDenied() {
    List<Policy<String>> none = List.of(policy("p", "x", null, null));

    assertEquals(
        new Selection.Selected<>("default policy", "default"),
        new Policies<>(none, "default").select(Label.parse(SEEN)));
    assertEquals(
        new Selection.Denied<String>(), new Policies<String>(none, null).select(Label.parse(SEEN)));
  }

  @Test
  void theDefaultDoesNotServeWhatAPolicyMatches() {
    Policies<String> policies = new Policies<>(List.of(policy("p", null, "", null)), "default");

    assertEquals(new Selection.Selected<>("p", "p"), policies.select(Label.parse(SEEN)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          host-a -> app1            | 'host-a -> app1 -> '        | true
          host-a -> app10           | 'host-a -> app1 -> '        | false
          host-a -> app1 -> x       | 'host-a -> app1 -> '        | true
          host-a -> app1 -> x       | 'host-a -> app1 -> x -> '   | false
          host-a                    | 'host-a -> '                | false
          """)
  void aSessionThatAskedForNothingIsBelowItsListener(String seen, String prefix, boolean matches) {
    assertEquals(matches ? "p" : "denied", select(seen, policy("p", null, prefix, null)));
  }

  @Test
  void anExplanationNamesEveryPolicyMostSpecificFirst() {
    Policies<String> policies =
        new Policies<>(
            List.of(
                policy("s.yaml:3", null, null, null),
                policy("s.yaml:4", null, "", null),
                policy("s.yaml:5", null, "host-b -> ", ".x"),
                policy("s.yaml:6", "host-a -> app9", null, null),
                policy("s.yaml:7", null, "host-a -> ", null)),
            null);

    assertEquals(
        """
        policy for "host-a -> app1 -> config"
          no   s.yaml:6  label "host-a -> app9": label does not match
          no   s.yaml:5  labelPrefix "host-b -> ", labelSuffix ".x": labelPrefix does not match
          yes  s.yaml:7  labelPrefix "host-a -> ": matches
        => s.yaml:7""",
        policies.explain(Label.parse(SEEN)).toString());
    assertEquals(
        """
        policy for "x"
          no   a  any label: names no label and never matches
        => denied: no policy for "x\"""",
        new Policies<String>(List.of(policy("a", null, null, null)), null)
            .explain(Label.of("x"))
            .toString());
  }

  private static Policy<String> policy(
      String name, @Nullable String label, @Nullable String prefix, @Nullable String suffix) {
    return new Policy<>(name, new LabelPattern(label, prefix, suffix), name);
  }

  @SafeVarargs
  private static String select(String seen, Policy<String>... policies) {
    List<Policy<String>> document = new ArrayList<>();
    for (Policy<String> policy : policies) {
      document.add(policy);
    }
    return switch (new Policies<String>(document, null).select(Label.parse(seen))) {
      case Selection.Selected<String> selected -> selected.serves();
      case Selection.Denied<String> _ -> "denied";
    };
  }
}

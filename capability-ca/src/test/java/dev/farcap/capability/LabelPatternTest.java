package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.farcap.capability.wire.LabelMatch;
import dev.farcap.capability.wire.LabelPattern;
import dev.farcap.session.Label;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Labels inside tokens, and what they match.
class LabelPatternTest {
  private static final TestRealm REALM = new TestRealm("home");

  private static Verdict verify(List<String> elements) {
    return REALM.verify(
        REALM.signed(
            grant ->
                grant.setLabel(
                    LabelPattern.newBuilder()
                        .setMatch(LabelMatch.LABEL_MATCH_EXACT)
                        .addAllElements(elements))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a -> b",
        "-> a",
        "a ->",
        "a\0",
        "a\nb",
        "a\u202eb",
        "a\u200bb",
        "\ufeffa",
        "\u2028"
      })
  void badElementInATokenIsRefused(String element) {
    assertEquals(Reason.LABEL, reason(verify(List.of("app", element))));
  }

  @Test
  void elementIsAcceptedUpToItsLimit() {
    int limit = Label.ELEMENT_BYTES_MAX;

    assertInstanceOf(Verdict.Accepted.class, verify(List.of("a".repeat(limit - 1))));
    assertInstanceOf(Verdict.Accepted.class, verify(List.of("a".repeat(limit))));
    assertInstanceOf(Verdict.Accepted.class, verify(List.of("\u00e4".repeat(limit / 2))));
    assertEquals(Reason.LABEL, reason(verify(List.of("a".repeat(limit + 1)))));
    assertEquals(Reason.LABEL, reason(verify(List.of("\u00e4".repeat(limit / 2) + "a"))));
  }

  @Test
  void labelIsAcceptedUpToItsLimit() {
    int limit = Label.ELEMENTS_MAX;

    assertInstanceOf(Verdict.Accepted.class, verify(List.of()));
    assertInstanceOf(Verdict.Accepted.class, verify(Collections.nCopies(limit - 1, "a")));
    assertInstanceOf(Verdict.Accepted.class, verify(Collections.nCopies(limit, "a")));
    assertEquals(Reason.LABEL, reason(verify(Collections.nCopies(limit + 1, "a"))));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "net1|net1|true",
        "net1|net1 -> a|true",
        "net1|net10|false",
        "net1|net|false",
        "net1|NET1|false",
        "net1|a -> net1|false",
        "net1 -> a|net1|false",
        "net1 -> a|net1 -> a|true",
        "net1 -> a|net1 -> ab|false",
        "*|*|true",
        "*|anything|false",
        "?|a|false",
        "a.c|abc|false",
        "[ab]|a|false",
        "%|a|false",
        "''|anything|true",
        "''|''|true"
      })
  void prefixComparesWholeElementsAndKnowsNoWildcard(
      String pattern, String label, boolean matches) {
    var prefix = new dev.farcap.capability.LabelPattern.Prefix(Label.parse(pattern));

    assertEquals(matches, prefix.matches(Label.parse(label)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "net1|net1|true",
        "net1|net1 -> a|false",
        "net1|net10|false",
        "net1|Net1|false",
        "*|a|false",
        "''|''|true",
        "''|a|false"
      })
  void exactComparesTheWholeLabel(String pattern, String label, boolean matches) {
    var exact = new dev.farcap.capability.LabelPattern.Exact(Label.parse(pattern));

    assertEquals(matches, exact.matches(Label.parse(label)));
  }

  @Test
  void joinedElementsAreNotOneElement() {
    var pattern = new dev.farcap.capability.LabelPattern.Exact(Label.of("a", "b"));

    assertFalse(pattern.matches(Label.of("a-> b")));
    assertFalse(pattern.matches(Label.of("a->b")));
  }
}

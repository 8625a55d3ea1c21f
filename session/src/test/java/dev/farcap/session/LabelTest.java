package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LabelTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = true,
      textBlock =
          """
          ''                         | 0 | ''     | ''
          config                     | 1 | config | ''
          app1 -> config             | 2 | config | app1
          host-a -> app1 -> /a/b.txt | 3 | /a/b.txt | host-a -> app1
          a->b                       | 1 | a->b   | ''
          a -> -> -> b               | 3 | b      | a -> ->
          -> -> ->                   | 2 | ->     | ->
          größe -> 名                | 2 | 名     | größe
          """)
  void textIsTakenApartAndPutTogetherAgain(String text, int size, String last, String prefix) {
    Label label = Label.parse(text);

    assertEquals(size, label.elements().size());
    assertEquals(last, label.last());
    assertEquals(prefix, label.prefix().toString());
    assertEquals(text, label.toString());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " -> ",
        "a -> ",
        " -> a",
        "a ->  -> b",
        "a -> b ->",
        "-> a",
        "a -> -> -> ",
        "tab\there",
        "line\nbreak",
        "nul\0",
        "escape\u001b[2J",
        "del\u007f",
        "c1\u0085",
        "rtl\u202eevil",
        "zero\u200bwidth",
        "\ufeffbom",
        "line\u2028sep",
        "lone\ud800surrogate",
        "lone\udc00",
        "tag\udb40\udc41",
        "unassigned\u0378"
      })
  void whatCouldBeMistakenForAnotherLabelIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> Label.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " -> ", "a -> b", "-> b", "a ->", "\n"})
  void anElementCannotSmuggleInASeparator(String element) {
    assertThrows(IllegalArgumentException.class, () -> Label.of("a", element));
    assertThrows(IllegalArgumentException.class, () -> Label.of("a").append(element));
    assertThrows(IllegalArgumentException.class, () -> Label.of("a").prepend(element));
  }

  @Test
  void elementsAreBoundedInNumber() {
    Label full = new Label(Collections.nCopies(Label.ELEMENTS_MAX, "e"));

    assertEquals(full, new Label(full.elements().subList(0, 15)).append("e"));
    assertEquals(full, Label.parse(full.toString()));
    assertThrows(IllegalArgumentException.class, () -> full.append("e"));
    assertThrows(IllegalArgumentException.class, () -> full.prepend("e"));
    assertThrows(IllegalArgumentException.class, () -> Label.parse(full + " -> e"));
  }

  @ParameterizedTest
  @CsvSource({"x, 63, true", "x, 64, true", "x, 65, false", "é, 32, true", "é, 33, false"})
  void elementsAreBoundedInBytes(String letter, int count, boolean accepted) {
    String element = letter.repeat(count);

    if (accepted) {
      assertEquals(element, Label.of(element).last());
    } else {
      assertThrows(IllegalArgumentException.class, () -> Label.of(element));
    }
  }

  @Test
  void theMessageNamesValueAndLimit() {
    Throwable tooLong =
        assertThrows(IllegalArgumentException.class, () -> Label.of("x".repeat(70)));
    Throwable tooMany =
        assertThrows(IllegalArgumentException.class, () -> new Label(Collections.nCopies(17, "x")));

    assertEquals("label element is 70 bytes, expected 1..64", tooLong.getMessage());
    assertEquals("label has 17 elements, limit 16", tooMany.getMessage());
  }

  @Test
  void aPrefixIsMadeOfWholeElements() {
    Label label = Label.parse("net10 -> config");

    assertTrue(label.startsWith(Label.EMPTY));
    assertTrue(label.startsWith(Label.of("net10")));
    assertTrue(label.startsWith(label));
    assertFalse(label.startsWith(Label.of("net1")));
    assertFalse(label.startsWith(label.append("x")));
  }

  @Test
  void laterChangesOfTheListDoNotChangeTheLabel() {
    List<String> elements = new ArrayList<>(List.of("a"));
    Label label = new Label(elements);

    elements.add("b");

    assertEquals(Label.of("a"), label);
  }
}

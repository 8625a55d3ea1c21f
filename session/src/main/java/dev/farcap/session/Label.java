package dev.farcap.session;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The name of a session: what was asked for, seen through everybody it passed.
///
/// The leftmost element was imposed by whoever is nearest the server and is the most trusted; the
/// last one (the *resource*) was chosen by the program. Everything before it is the program's
/// *identity*, which the program cannot forge. A label has 0 to [#ELEMENTS_MAX] elements of 1 to
/// [#ELEMENT_BYTES_MAX] bytes of UTF-8 without control characters and without the separator; one
/// that would outgrow the limit is refused, never cut. The empty label is what a program sends that
/// asks for nothing in particular.
///
/// Source of the concept: Genode's session labels.
///
/// @param elements from the most trusted to the resource
public record Label(List<String> elements) {
  /// What stands between two elements when a label is written as text.
  public static final String SEPARATOR = " -> ";

  /// Deep enough for any chain of proxies and nested systems seen; bounds what a verifier parses.
  public static final int ELEMENTS_MAX = 16;

  /// The length of a DNS label and a byte more than Genode's usual names.
  public static final int ELEMENT_BYTES_MAX = 64;

  /// The label of a program that asked for nothing in particular.
  public static final Label EMPTY = new Label(List.of());

  /// @throws IllegalArgumentException naming the element and the limit it breaks
  public Label {
    elements = List.copyOf(elements);
    if (elements.size() > ELEMENTS_MAX) {
      throw new IllegalArgumentException(
          "label has " + elements.size() + " elements, limit " + ELEMENTS_MAX);
    }
    elements.forEach(Label::checkElement);
  }

  /// Checks one element as the constructor does.
  ///
  /// @return the element
  /// @throws IllegalArgumentException saying which rule it breaks
  public static String checkElement(String element) {
    boolean ascii = isVisibleAscii(element); // nearly always, and needs no closer look
    int bytes = ascii ? element.length() : element.getBytes(StandardCharsets.UTF_8).length;
    if (bytes == 0 || bytes > ELEMENT_BYTES_MAX) {
      throw new IllegalArgumentException(
          "label element is " + bytes + " bytes, expected 1.." + ELEMENT_BYTES_MAX);
    }
    if (element.contains(SEPARATOR)) {
      throw new IllegalArgumentException(
          "label element contains the separator '" + SEPARATOR + "'");
    }
    // An element that ends or begins like a separator would join with its neighbour into one.
    if (element.startsWith("-> ") || element.endsWith(" ->")) {
      throw new IllegalArgumentException(
          "label element begins or ends with a part of the separator");
    }
    if (!ascii) {
      element.codePoints().forEach(Label::checkCodePoint);
    }
    return element;
  }

  private static boolean isVisibleAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < ' ' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }

  private static void checkCodePoint(int codePoint) {
    boolean invisible =
        switch (Character.getType(codePoint)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR,
              Character.UNASSIGNED ->
              true;
          default -> false;
        };
    if (invisible) {
      throw new IllegalArgumentException(
          "label element contains the invisible character U+%04X".formatted(codePoint));
    }
  }

  /// A label of the given elements.
  ///
  /// @throws IllegalArgumentException if one breaks a rule
  public static Label of(String... elements) {
    return new Label(List.of(elements));
  }

  /// Reads the textual form, elements joined by [#SEPARATOR]; the empty text is the empty label.
  ///
  /// @throws IllegalArgumentException if the text is no label
  public static Label parse(String text) {
    if (text.isEmpty()) {
      return EMPTY;
    }
    List<String> elements = new ArrayList<>();
    int from = 0;
    for (int at; (at = text.indexOf(SEPARATOR, from)) >= 0; from = at + SEPARATOR.length()) {
      elements.add(text.substring(from, at));
    }
    elements.add(text.substring(from));
    return new Label(elements);
  }

  /// Whether this is the label of a program that asked for nothing.
  public boolean isEmpty() {
    return elements.isEmpty();
  }

  /// The resource: what the program chose, or the empty text.
  public String last() {
    return elements.isEmpty() ? "" : elements.getLast();
  }

  /// Everything before the resource.
  public Label prefix() {
    return elements.isEmpty() ? EMPTY : new Label(elements.subList(0, elements.size() - 1));
  }

  /// This label as seen by the server of whoever is called `element`.
  ///
  /// @throws IllegalArgumentException if the element is no element or the label is full
  public Label prepend(String element) {
    return concat(of(element), this);
  }

  /// This label with one more element at its end.
  ///
  /// @throws IllegalArgumentException if the element is no element or the label is full
  public Label append(String element) {
    return concat(this, of(element));
  }

  private static Label concat(Label left, Label right) {
    List<String> joined = new ArrayList<>(left.elements);
    joined.addAll(right.elements);
    return new Label(joined);
  }

  /// Whether this label begins with all elements of `prefix`; compares elements, not characters:
  /// `net1` is no prefix of `net10`.
  public boolean startsWith(Label prefix) {
    return elements.size() >= prefix.elements.size()
        && elements.subList(0, prefix.elements.size()).equals(prefix.elements);
  }

  /// The textual form.
  @Override
  public String toString() {
    return String.join(SEPARATOR, elements);
  }
}

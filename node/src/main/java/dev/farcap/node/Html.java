package dev.farcap.node;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A piece of an HTML document. What is not ours comes in as [#text] or as the value of an
/// attribute, and is escaped there: whatever a name has in it, it stays text. There is no other way
/// in.
final class Html {
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");

  /// Elements that have no end.
  private static final Set<String> VOID = Set.of("link", "meta");

  private final String markup;

  private Html(String markup) {
    this.markup = markup;
  }

  /// A whole document.
  static String document(Html html) {
    return "<!doctype html>\n" + html.markup + "\n";
  }

  /// What is shown as it is.
  static Html text(String text) {
    return new Html(escaped(text));
  }

  /// An element without attributes.
  ///
  /// @throws IllegalArgumentException if the name is none
  static Html element(String name, Html... content) {
    return element(name, Map.of(), content);
  }

  /// An element.
  ///
  /// @throws IllegalArgumentException if the name or that of an attribute is none
  static Html element(String name, Map<String, String> attributes, Html... content) {
    String begin =
        new TreeMap<>(attributes)
            .entrySet().stream()
                .map(each -> " " + named(each.getKey()) + "=\"" + escaped(each.getValue()) + "\"")
                .collect(Collectors.joining("", "<" + named(name), ">"));
    return new Html(VOID.contains(name) ? begin : begin + all(content).markup + "</" + name + ">");
  }

  /// One after the other.
  static Html all(Html... parts) {
    return new Html(Stream.of(parts).map(part -> part.markup).collect(Collectors.joining()));
  }

  private static String named(String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("'" + name + "' is no name of an element or attribute");
    }
    return name;
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}

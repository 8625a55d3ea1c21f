package dev.farcap.stubgen;

import java.util.List;
import java.util.stream.Collectors;

/// Java text with its layout: two spaces a level, at most a hundred columns, arguments and chained
/// calls on one line where they fit and on one each where they do not.
final class Code {
  private static final int COLUMNS = 100;

  private final StringBuilder text = new StringBuilder();
  private String indent = "";

  /// One line, or an empty one.
  Code line(String line) {
    text.append(line.isEmpty() ? "" : indent + line).append('\n');
    return this;
  }

  /// What follows is one level deeper, up to [#end].
  Code begin(String line) {
    line(line);
    indent += "  ";
    return this;
  }

  /// One level up again, then a line.
  Code end(String line) {
    indent = indent.substring(2);
    return line(line);
  }

  /// What follows is one level deeper; the line that says so is there already.
  Code inside() {
    indent += "  ";
    return this;
  }

  /// One level up for one line: `} catch (...) {`.
  Code middle(String line) {
    indent = indent.substring(2);
    return begin(line);
  }

  /// Moves the margin.
  Code deeper(int columns) {
    indent = columns > 0 ? indent + " ".repeat(columns) : indent.substring(-columns);
    return this;
  }

  Code javadoc(Javadoc comment) {
    text.append(comment.write(indent));
    return this;
  }

  /// `head(one, two)tail`: a declaration or a call.
  ///
  /// @param arguments may have several lines, from [#chain]
  Code call(String head, List<String> arguments, String tail) {
    String flat = head + "(" + String.join(", ", arguments) + ")" + tail;
    if (fits(flat)) {
      return line(flat);
    }
    line(head + "(");
    String before = indent;
    indent += "    ";
    for (int i = 0; i < arguments.size(); i++) {
      lines(arguments.get(i) + (i < arguments.size() - 1 ? "," : ")" + tail));
    }
    indent = before;
    return this;
  }

  /// A line, or several where it is too long: the links of a chain one each.
  Code chain(String head, List<String> links, String tail) {
    return lines(chained(head, links, tail, 0));
  }

  /// `head.one().two()`, or with line breaks where that does not fit.
  ///
  /// @param deeper columns by which it will stand further in than the next line here
  String chained(String head, List<String> links, String tail, int deeper) {
    String flat = head + String.join("", links) + tail;
    return fits(" ".repeat(deeper) + flat)
        ? flat
        : head
            + links.stream().map(link -> "\n    " + link.strip()).collect(Collectors.joining())
            + tail;
  }

  /// `head(arguments)`, or with a line break where that does not fit.
  ///
  /// @param deeper columns by which it will stand further in than the next line here
  String called(String head, String arguments, int deeper) {
    String flat = head + "(" + arguments + ")";
    return fits(" ".repeat(deeper) + flat) ? flat : head + "(\n    " + arguments + ")";
  }

  /// Lines that bring their own depth.
  Code lines(String several) {
    several.lines().forEach(this::line);
    return this;
  }

  /// Whether a line is short enough.
  boolean fits(String line) {
    return line.indexOf('\n') < 0 && indent.length() + line.length() <= COLUMNS;
  }

  @Override
  public String toString() {
    return text.toString();
  }
}

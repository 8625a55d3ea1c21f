package dev.farcap.stubgen;

import java.util.ArrayList;
import java.util.List;

/// Turns what was written in a schema into javadoc that means the same: whatever HTML, javadoc or
/// the Java compiler would take for its own is escaped.
final class Javadoc {
  private static final int COLUMNS = 100;

  private final List<String> paragraphs = new ArrayList<>();
  private final List<String> tags = new ArrayList<>();

  /// Paragraphs of a comment of the schema, separated by empty lines there.
  Javadoc text(String comment) {
    if (!comment.isBlank()) {
      for (String paragraph : comment.strip().split("\n\\s*\n", -1)) {
        paragraphs.add(escape(paragraph));
      }
    }
    return this;
  }

  /// A paragraph of ours, already javadoc.
  Javadoc html(String paragraph) {
    paragraphs.add(oneLine(paragraph));
    return this;
  }

  /// A block tag, such as `@param have`, and what a comment of the schema says; `byDefault` is
  /// javadoc for where that says nothing.
  Javadoc tag(String tag, String comment, String byDefault) {
    String text =
        comment.isBlank() ? byDefault : escape(comment.strip().replaceAll("\n\\s*\n", "\n"));
    tags.add(tag + " " + oneLine(text));
    return this;
  }

  /// The comment, indented, with a line break at its end.
  String write(String indent) {
    List<String> lines = new ArrayList<>();
    for (String paragraph : paragraphs) {
      if (!lines.isEmpty()) {
        lines.add("");
      }
      wrap((lines.isEmpty() ? "" : "<p>") + oneLine(paragraph), "", indent, lines);
    }
    if (!tags.isEmpty()) {
      lines.add("");
    }
    tags.forEach(tag -> wrap(tag, "    ", indent, lines));
    if (lines.size() == 1 && indent.length() + lines.get(0).length() + 7 <= COLUMNS) {
      return indent + "/** " + lines.get(0) + " */\n";
    }
    StringBuilder comment = new StringBuilder(indent + "/**\n");
    for (String line : lines) {
      comment.append(indent).append(line.isEmpty() ? " *" : " * " + line).append('\n');
    }
    return comment.append(indent).append(" */\n").toString();
  }

  private static void wrap(String text, String continued, String indent, List<String> lines) {
    int width = COLUMNS - indent.length() - 3;
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line = new StringBuilder(continued);
      } else if (!line.isEmpty()) {
        line.append(' ');
      }
      line.append(word);
    }
    lines.add(line.toString());
  }

  private static String oneLine(String text) {
    return text.strip().replaceAll("\\s+", " ");
  }

  /// Text as HTML. A backslash could begin a Unicode escape, `@` a tag, `*` the comment's end.
  static String escape(String text) {
    StringBuilder html = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> html.append("&amp;");
        case '<' -> html.append("&lt;");
        case '>' -> html.append("&gt;");
        case '@' -> html.append("&#64;");
        case '\\' -> html.append("&#92;");
        case '{' -> html.append("&#123;");
        case '}' -> html.append("&#125;");
        case '/' -> html.append(i > 0 && text.charAt(i - 1) == '*' ? "&#47;" : "/");
        default -> html.append(c == '\n' || c == '\t' || !Character.isISOControl(c) ? c : ' ');
      }
    }
    return codes(html.toString());
  }

  /// A text between two backticks becomes code.
  private static String codes(String html) {
    return html.replaceAll("`([^`\n]+)`", "<code>$1</code>");
  }
}

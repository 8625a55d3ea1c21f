package dev.farcap.log;

import java.util.ArrayList;
import java.util.List;

/// What happens to the text of a line on its way: one break at its end goes, too long a line is
/// split, and what cannot be seen is escaped.
final class LogText {
  /// Bytes of UTF-8 in a line: several screens, and far below a message's limit.
  static final int LINE_BYTES_MAX = 8 * 1024;

  private LogText() {}

  /// The lines that a text makes: one, or several of at most [#LINE_BYTES_MAX] bytes, split between
  /// characters.
  static List<String> split(String text) {
    String line = withoutBreak(text);
    if (line.length() <= LINE_BYTES_MAX / 4) {
      return List.of(line);
    }
    List<String> parts = new ArrayList<>();
    int from = 0;
    while (from < line.length()) {
      int end = end(line, from);
      parts.add(line.substring(from, end));
      from = end;
    }
    return parts;
  }

  private static String withoutBreak(String text) {
    if (text.endsWith("\r\n")) {
      return text.substring(0, text.length() - 2);
    }
    return text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
  }

  private static int end(String line, int from) {
    int bytes = 0;
    int at = from;
    while (at < line.length()) {
      int codePoint = line.codePointAt(at);
      bytes += utf8Bytes(codePoint);
      if (bytes > LINE_BYTES_MAX) {
        break;
      }
      at += Character.charCount(codePoint);
    }
    return at;
  }

  private static int utf8Bytes(int codePoint) {
    if (codePoint < 0x80) {
      return 1;
    }
    if (codePoint < 0x800) {
      return 2;
    }
    return codePoint < 0x10000 ? 3 : 4;
  }

  /// The text with every control, format and line-separating character written as `\n`, `\t`, `\r`
  /// or `\x{1B}`, so that it stays one line, looks like nothing else and gives a terminal no
  /// orders. A backslash stays as it is: the result is for reading, not for reading back.
  static String escape(String text) {
    int at = 0;
    while (at < text.length() && isPlain(text.charAt(at))) {
      at++;
    }
    if (at == text.length()) {
      return text;
    }
    StringBuilder escaped = new StringBuilder(text.length() + 16).append(text, 0, at);
    text.substring(at).codePoints().forEach(codePoint -> escape(codePoint, escaped));
    return escaped.toString();
  }

  private static boolean isPlain(char c) {
    return c >= ' ' && c < 0x7f;
  }

  private static void escape(int codePoint, StringBuilder to) {
    switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          to.append(
              switch (codePoint) {
                case '\n' -> "\\n";
                case '\r' -> "\\r";
                case '\t' -> "\\t";
                default -> "\\x{%X}".formatted(codePoint);
              });
      default -> to.appendCodePoint(codePoint);
    }
  }
}

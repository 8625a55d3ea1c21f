package dev.farcap.config;

/// A place in a file.
///
/// @param line from 1
/// @param column from 1, in characters
record Mark(int line, int column) {
  static Mark of(org.yaml.snakeyaml.error.Mark mark) {
    return new Mark(mark.getLine() + 1, mark.getColumn() + 1);
  }

  /// The place of the character after `text`, which begins the file.
  static Mark after(String text) {
    int lines = (int) text.codePoints().filter(c -> c == '\n').count();
    int lineStart = text.lastIndexOf('\n') + 1;
    return new Mark(lines + 1, text.codePointCount(lineStart, text.length()) + 1);
  }
}

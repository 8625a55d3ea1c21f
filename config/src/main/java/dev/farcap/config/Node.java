package dev.farcap.config;

import java.util.List;
import java.util.Map;

/// A piece of a document, as written.
sealed interface Node {
  Mark mark();

  /// What to call it when something else was expected.
  String called();

  /// A text, a number, a truth value or nothing.
  ///
  /// @param plain whether it is written without quotes
  record Scalar(Mark mark, String text, boolean plain) implements Node {
    private static final int ECHO_CHARS_MAX = 60;

    /// Whether nothing is written here.
    boolean isNothing() {
      return plain && (text.isEmpty() || text.equals("~") || text.equals("null"));
    }

    @Override
    public String called() {
      return isNothing() ? "nothing" : "'" + echo() + "'";
    }

    private String echo() {
      String visible = text.replaceAll("\\p{Cntrl}", "?");
      return visible.codePointCount(0, visible.length()) <= ECHO_CHARS_MAX
          ? visible
          : visible.substring(0, visible.offsetByCodePoints(0, ECHO_CHARS_MAX)) + "…";
    }
  }

  /// A list.
  record Sequence(Mark mark, List<Node> items) implements Node {
    @Override
    public String called() {
      return "a list";
    }
  }

  /// Keys and what stands behind them.
  ///
  /// @param entries in the order of the file, first of each key only
  record Mapping(Mark mark, Map<String, Entry> entries) implements Node {
    @Override
    public String called() {
      return "a mapping";
    }
  }

  /// One key.
  ///
  /// @param mark of the key
  record Entry(Mark mark, Node value) {}
}

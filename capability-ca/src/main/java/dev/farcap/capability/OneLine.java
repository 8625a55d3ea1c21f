package dev.farcap.capability;

/// Text that came from somebody else, made fit for one line of a log.
final class OneLine {
  /// Longer details are somebody's attempt to fill a log.
  private static final int CHARS_MAX = 400;

  private OneLine() {}

  /// The text with everything but visible ASCII escaped and cut to a bound.
  static String of(String text) {
    StringBuilder line = new StringBuilder();
    text.codePoints()
        .limit(CHARS_MAX)
        .forEach(
            c ->
                line.append(c >= ' ' && c < 0x7f ? Character.toString(c) : "\\u{%x}".formatted(c)));
    return line.toString();
  }
}

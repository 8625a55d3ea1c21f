package dev.farcap.config;

/// One mistake in a file.
///
/// @param file as the operator named it
/// @param line from 1, or 0 where the mistake is the file itself
/// @param column from 1 in characters, or 0 likewise
/// @param keys where it is in the document, `routes[2].to`; empty at the top
/// @param message what is wrong and what is expected, one line
public record Problem(String file, int line, int column, String keys, String message) {
  /// `FILE:LINE:COLUMN: KEYS: MESSAGE`, without the parts that are absent.
  @Override
  public String toString() {
    String place = line == 0 ? file : file + ":" + line + ":" + column;
    return place + ": " + (keys.isEmpty() ? "" : keys + ": ") + message;
  }
}

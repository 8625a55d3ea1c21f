package dev.farcap.routing;

/// What serves the sessions whose effective label looks like this.
///
/// @param place where it is written, for explanations
/// @param pattern compared with the effective label; one without any part never matches
/// @param serves what the server does with them
public record Policy<T>(String place, LabelPattern pattern, T serves) {
  /// Place and pattern.
  @Override
  public String toString() {
    return place + "  " + pattern;
  }
}

package dev.farcap.routing;

/// What the policies of a server say about a session.
public sealed interface Selection<T> {
  /// It is served.
  ///
  /// @param place where the policy is written, or `default policy`
  /// @param serves what serves it
  record Selected<T>(String place, T serves) implements Selection<T> {}

  /// No policy matches and there is no default.
  record Denied<T>() implements Selection<T> {}
}

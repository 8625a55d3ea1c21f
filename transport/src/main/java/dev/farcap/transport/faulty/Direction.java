package dev.farcap.transport.faulty;

/// A direction of a [FaultyLine], seen from the side that is decorated.
public enum Direction {
  /// From this side to the other.
  OUT,
  /// From the other side to this one.
  IN
}

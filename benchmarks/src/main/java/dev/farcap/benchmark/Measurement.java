package dev.farcap.benchmark;

/// One promise that is measured.
interface Measurement {
  /// As in the file of bounds.
  String name();

  /// Measures it.
  ///
  /// @throws IllegalStateException if a subject does not start or fails
  Outcome run(Rounds rounds);
}

package dev.farcap.link;

/// A leg whose messages count against a bound for as long as its reader keeps them. On the loop.
interface Kept {
  /// The reader keeps so many bytes of messages more, or, negative, less.
  void keep(long bytes);
}

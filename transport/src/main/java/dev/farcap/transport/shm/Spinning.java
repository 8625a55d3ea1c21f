package dev.farcap.transport.shm;

/// How long a connection looks for frames before it lets its event loop sleep.
public enum Spinning {
  /// Not at all: every frame that finds the other side idle costs a system call and a wake-up. The
  /// loop may look for events on its own.
  OFF,
  /// For as long as waking would cost, and where that does not pay ever more seldom.
  BRIEF,
  /// For ever. The least latency there is, and a processor for the loop.
  ALWAYS
}

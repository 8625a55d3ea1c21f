package dev.farcap.link.engine;

/// A call that may have a frame to write. The engine serves them in turn, one frame each, so that
/// no call waits for more than one chunk of every other one.
abstract sealed class Sending permits OwnCall, HostedCall {
  /// What became of a turn.
  enum Turn {
    /// A frame was written; there may be more.
    WROTE,
    /// Nothing to write until something happens to the call.
    IDLE,
    /// Waits for the session's window.
    NO_CREDIT,
    /// Waits for room in the outbox.
    NO_ROOM
  }

  /// Whether it stands among those that may write.
  boolean queued;

  /// Whether it waits for its session's window. It may be queued all the same: its end needs none.
  boolean waitsForCredit;

  /// Whether it waits for room in the outbox; likewise.
  boolean waitsForRoom;

  /// Writes at most one frame.
  abstract Turn write();
}

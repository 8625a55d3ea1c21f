package dev.farcap.link;

/// A leg that makes room for a long message before it comes, so that what cannot be sent on yet
/// waits at its sender. On the loop.
public interface LongMessageTaker {
  /// A message is on its way; one at a time.
  ///
  /// @param bytes its length
  /// @param room runs once there is room, if there is none now; never after [#withdraw()]
  /// @return whether there is room now
  boolean announce(int bytes, Runnable room);

  /// What was announced and has not come does not come for now: its room is another's. No effect if
  /// there is no such message.
  void withdraw();
}

package dev.farcap.session;

/// One accepted session, as its host may see and end it. Thread-safe.
public interface SessionControl {
  /// Its name in logs, metadata and audit lines; unique within the run of this process.
  String name();

  /// Ends the session: no call of it starts any more, those in flight are cancelled, the peer
  /// learns the failure. No effect once it is over.
  void end(Failure failure);
}

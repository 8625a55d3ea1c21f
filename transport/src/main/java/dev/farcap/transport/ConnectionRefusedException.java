package dev.farcap.transport;

/// A peer may not connect. The message says why, for the local log; the peer sees only an end.
public final class ConnectionRefusedException extends Exception {
  private static final long serialVersionUID = 1;

  /// @param reason one line
  public ConnectionRefusedException(String reason) {
    super(reason);
  }
}

package dev.farcap.transport;

/// Accepts connections at one address until closed. Made by its medium, which binds before it
/// returns, so that a port in use is an error at start.
public interface Acceptor extends AutoCloseable {
  /// Where it listens, with the port that the system chose if 0 was asked.
  String address();

  /// Stops accepting; connections made stay.
  @Override
  void close();

  /// Takes accepted connections.
  @FunctionalInterface
  interface AcceptHandler {
    /// A peer is proven and admitted. Runs on the connection's loop, before its first frame.
    ///
    /// @return who listens from now on
    ConnectionListener accepted(Connection connection);
  }
}

package dev.farcap.transport.quic;

import org.jspecify.annotations.Nullable;

/// How many peers an acceptor has, and whether it takes another. Lives on its loop.
///
/// A peer arrives, shakes hands, is decided upon, and leaves at last.
final class Room {
  private final QuicConfig config;
  private int handshakes;
  private int connections;
  private boolean closed;

  Room(QuicConfig config) {
    this.config = config;
  }

  /// Whether whoever comes must first prove that it receives at its address: from a quarter of the
  /// handshakes on, and wherever the next one would not be taken.
  boolean isCrowded() {
    return closed
        || connections >= config.connectionsMax()
        || handshakes >= (config.handshakesMax() + 3) / 4;
  }

  /// Why no other peer is taken now, null if one is.
  @Nullable String full() {
    if (connections >= config.connectionsMax()) {
      return "too many connections";
    }
    return handshakes >= config.handshakesMax() ? "too many connections in handshake" : null;
  }

  void arrived() {
    handshakes++;
    connections++;
  }

  /// One that shook hands is admitted or refused.
  void decided() {
    handshakes--;
  }

  /// The connection of one that was decided upon is over.
  void left() {
    connections--;
  }

  /// Those that have arrived and not left.
  int connections() {
    return connections;
  }

  /// Nobody is taken any more.
  void close() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  /// Closed, and the last one has left.
  boolean isOver() {
    return closed && connections == 0;
  }
}

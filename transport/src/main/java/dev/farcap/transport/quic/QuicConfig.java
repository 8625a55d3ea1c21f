package dev.farcap.transport.quic;

/// The limits of a [QuicMedium].
///
/// @param connectTimeoutMs until a dialled peer is proven, per address tried, at least 1
/// @param handshakeTimeoutMs until an accepted peer is proven and has opened its stream, at least 1
/// @param handshakesMax accepted connections not yet admitted, per acceptor. From a quarter of it
///   on a peer must first prove that it receives at its address, which costs it a round trip;
///   beyond it what comes is dropped, and a dialler that tries again by itself gets in when there
///   is room
/// @param connectionsMax accepted connections in all, per acceptor; more are dropped likewise
/// @param idleTimeoutMs without any packet until a connection is given up, at least 1; the smaller
///   one of both ends is in force. Nothing is sent to keep it alive: the pings of the link do that,
///   so it has to be longer than their pauses
public record QuicConfig(
    int connectTimeoutMs,
    int handshakeTimeoutMs,
    int handshakesMax,
    int connectionsMax,
    int idleTimeoutMs) {

  /// 5 s to connect (an Initial and two repetitions); 10 s for a dialler to prove itself (a slow
  /// line, a busy host); 256 in handshake (about 10 MiB); 4096 in all; 30 s idle.
  public static final QuicConfig DEFAULT = new QuicConfig(5_000, 10_000, 256, 4096, 30_000);

  /// @throws IllegalArgumentException naming the value that is not positive
  public QuicConfig {
    checkPositive("connectTimeoutMs", connectTimeoutMs);
    checkPositive("handshakeTimeoutMs", handshakeTimeoutMs);
    checkPositive("handshakesMax", handshakesMax);
    checkPositive("connectionsMax", connectionsMax);
    checkPositive("idleTimeoutMs", idleTimeoutMs);
  }

  private static void checkPositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", at least 1");
    }
  }

  /// The same with another idle timeout.
  public QuicConfig withIdleTimeoutMs(int other) {
    return new QuicConfig(
        connectTimeoutMs, handshakeTimeoutMs, handshakesMax, connectionsMax, other);
  }
}

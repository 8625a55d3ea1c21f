package dev.farcap.transport.tls;

/// The limits of a [TlsMedium].
///
/// @param connectTimeoutMs until TCP is connected, per address tried, at least 1
/// @param handshakeTimeoutMs from then until the peer is proven, at least 1
/// @param handshakesMax accepted connections not yet proven, per acceptor; more are closed at once
/// @param connectionsMax accepted connections in all, per acceptor; more are closed at once
public record TlsConfig(
    int connectTimeoutMs, int handshakeTimeoutMs, int handshakesMax, int connectionsMax) {

  /// 5 s to connect (a SYN and two repetitions); 10 s to prove oneself (a slow line, a busy host);
  /// 256 in handshake (about 10 MiB); 4096 in all.
  public static final TlsConfig DEFAULT = new TlsConfig(5_000, 10_000, 256, 4096);

  /// @throws IllegalArgumentException naming the value that is not positive
  public TlsConfig {
    checkPositive("connectTimeoutMs", connectTimeoutMs);
    checkPositive("handshakeTimeoutMs", handshakeTimeoutMs);
    checkPositive("handshakesMax", handshakesMax);
    checkPositive("connectionsMax", connectionsMax);
  }

  private static void checkPositive(String name, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(name + " is " + value + ", at least 1");
    }
  }
}

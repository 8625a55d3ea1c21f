package dev.farcap.transport.shm;

import dev.farcap.transport.UnixSocketPath;
import dev.farcap.transport.tls.TlsConfig;

/// The limits and habits of a [ShmMedium].
///
/// @param ringBytes of each direction, a power of two, 128 KiB to 1 MiB; the acceptor's counts, and
///   a dialler refuses more than its own
/// @param spinning how long this side looks before it sleeps
/// @param access who may connect to the socket at all, before the handshake
/// @param handshake time and number of peers not yet proven, and number of all
public record ShmConfig(
    int ringBytes, Spinning spinning, UnixSocketPath.Access access, TlsConfig handshake) {

  /// One of the longest frames, and room for more.
  static final int RING_BYTES_MIN = 128 << 10;

  /// More helps no one: a ring should stay in the processor's cache, and a writer is told to wait
  /// at 128 KiB.
  static final int RING_BYTES_MAX = 1 << 20;

  /// 128 KiB, as much as other media let wait on this side; brief; the user of this process; as
  /// TLS.
  public static final ShmConfig DEFAULT =
      new ShmConfig(RING_BYTES_MIN, Spinning.BRIEF, UnixSocketPath.Access.OWNER, TlsConfig.DEFAULT);

  /// @throws IllegalArgumentException if the size is not one
  public ShmConfig {
    if (!isRingBytes(ringBytes)) {
      throw new IllegalArgumentException(
          "ringBytes is "
              + ringBytes
              + ", a power of two, limits "
              + RING_BYTES_MIN
              + ".."
              + RING_BYTES_MAX);
    }
  }

  /// The same with other spinning.
  public ShmConfig withSpinning(Spinning spinning) {
    return new ShmConfig(ringBytes, spinning, access, handshake);
  }

  /// The same with other access.
  public ShmConfig withAccess(UnixSocketPath.Access access) {
    return new ShmConfig(ringBytes, spinning, access, handshake);
  }

  static boolean isRingBytes(int bytes) {
    return bytes >= RING_BYTES_MIN && bytes <= RING_BYTES_MAX && Integer.bitCount(bytes) == 1;
  }
}

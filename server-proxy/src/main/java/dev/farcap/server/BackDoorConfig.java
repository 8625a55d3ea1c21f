package dev.farcap.server;

import dev.farcap.door.Arrivals;
import java.time.Duration;

/// The legs to backends.
///
/// @param messageBytes longest reply taken
/// @param metadataBytes longest reply metadata taken
/// @param openTimeout how long a call without deadline waits for a backend that is not up
public record BackDoorConfig(int messageBytes, int metadataBytes, Duration openTimeout) {
  /// 4 MiB, gRPC's own default; 16 KiB as at the front door; 10 s as for opening a session.
  public static final BackDoorConfig DEFAULT =
      new BackDoorConfig(4 << 20, 16 << 10, Duration.ofSeconds(10));

  /// @throws IllegalArgumentException naming what is out of range
  public BackDoorConfig {
    if (messageBytes < 1
        || messageBytes > Arrivals.MESSAGE_BYTES_MAX
        || metadataBytes < 1
        || openTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "back door out of range: messageBytes %d (1..%d), metadataBytes %d (at least 1), openTimeout %s"
              .formatted(messageBytes, Arrivals.MESSAGE_BYTES_MAX, metadataBytes, openTimeout));
    }
  }
}

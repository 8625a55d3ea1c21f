package dev.farcap.client;

import dev.farcap.door.DoorAddress;
import dev.farcap.door.DoorLimits;
import dev.farcap.session.Label;
import java.time.Duration;

/// One listener of a client-proxy.
///
/// @param name the label element that every session of this listener begins with
/// @param address where it listens
/// @param limits of connections and calls
/// @param sessionsPerConnection implicit and opened ones together
/// @param idle after which an implicit session without call, stream or object is closed
public record FrontDoorConfig(
    String name, DoorAddress address, DoorLimits limits, int sessionsPerConnection, Duration idle) {
  /// 256: a program uses a handful of services under a handful of labels.
  public static final int DEFAULT_SESSIONS_PER_CONNECTION = 256;

  /// Long enough for a program that calls once a minute to keep its session.
  public static final Duration DEFAULT_IDLE = Duration.ofMinutes(5);

  /// @throws IllegalArgumentException naming what is out of range
  public FrontDoorConfig {
    Label.checkElement(name);
    if (sessionsPerConnection < 1) {
      throw new IllegalArgumentException(
          "sessionsPerConnection is " + sessionsPerConnection + ", expected at least 1");
    }
    if (idle.isNegative() || idle.isZero()) {
      throw new IllegalArgumentException("idle is " + idle + ", expected more than 0");
    }
  }

  /// A listener with the defaults.
  public static FrontDoorConfig of(String name, DoorAddress address) {
    return new FrontDoorConfig(
        name, address, DoorLimits.DEFAULT, DEFAULT_SESSIONS_PER_CONNECTION, DEFAULT_IDLE);
  }
}

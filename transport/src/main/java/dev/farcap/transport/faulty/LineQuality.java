package dev.farcap.transport.faulty;

import java.time.Duration;

/// How well a direction of a [FaultyLine] carries frames that nothing holds up.
///
/// ```
/// line.quality(Direction.OUT, LineQuality.PERFECT.latency(Duration.ofMillis(40)).bytesPerSecond(1_250_000));
/// ```
///
/// @param latency what every frame is late, 0 to an hour
/// @param jitter what a frame may be late besides, each as much as the seed says, evenly spread
///   from 0 to this; a frame that is less late than the one before waits for it
/// @param bytesPerSecond how fast frames leave one after the other, at least 1
public record LineQuality(Duration latency, Duration jitter, long bytesPerSecond) {
  /// Later than that and a line is stalled, not slow.
  private static final Duration LATE_MAX = Duration.ofHours(1);

  /// No delay, no bound.
  public static final LineQuality PERFECT =
      new LineQuality(Duration.ZERO, Duration.ZERO, Long.MAX_VALUE);

  /// @throws IllegalArgumentException naming the value that is out of range
  public LineQuality {
    check("latency", latency);
    check("jitter", jitter);
    if (bytesPerSecond < 1) {
      throw new IllegalArgumentException("bytesPerSecond is " + bytesPerSecond + ", at least 1");
    }
  }

  private static void check(String name, Duration late) {
    if (late.isNegative() || late.compareTo(LATE_MAX) > 0) {
      throw new IllegalArgumentException(name + " is " + late + ", limits 0 to " + LATE_MAX);
    }
  }

  /// The same with another latency.
  public LineQuality latency(Duration latency) {
    return new LineQuality(latency, jitter, bytesPerSecond);
  }

  /// The same with another jitter.
  public LineQuality jitter(Duration jitter) {
    return new LineQuality(latency, jitter, bytesPerSecond);
  }

  /// The same with another bandwidth.
  public LineQuality bytesPerSecond(long bytesPerSecond) {
    return new LineQuality(latency, jitter, bytesPerSecond);
  }

  /// What a frame takes to leave.
  long costNanos(int frameBytes) {
    double nanos = frameBytes * 1e9 / bytesPerSecond;
    return bytesPerSecond == Long.MAX_VALUE ? 0 : Math.min(LATE_MAX.toNanos(), (long) nanos);
  }
}

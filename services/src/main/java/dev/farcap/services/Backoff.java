package dev.farcap.services;

import java.util.random.RandomGenerator;

/// How long to wait before trying again: decorrelated jitter, so that many who lost the same server
/// do not come back together.
///
/// Each delay is drawn between the shortest and three times the last one, and never above the
/// longest. Source: M. Brooker, "Exponential backoff and jitter". One thread.
public final class Backoff {
  /// Shorter than a person notices, longer than a restart of a connection.
  private static final long SHORTEST_MS = 50;

  /// So that who waits for long is back soon after the server is.
  private static final long LONGEST_MS = 2_000;

  private final RandomGenerator random;
  private long lastMs = SHORTEST_MS;

  /// @param random where delays are drawn from
  public Backoff(RandomGenerator random) {
    this.random = random;
  }

  /// The next delay in milliseconds, 50 to 2000.
  public long nextMs() {
    lastMs = Math.min(LONGEST_MS, random.nextLong(SHORTEST_MS, 3 * lastMs + 1));
    return lastMs;
  }

  /// It worked: the next failure is a first one.
  public void reset() {
    lastMs = SHORTEST_MS;
  }
}

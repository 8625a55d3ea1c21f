package dev.farcap.rom;

import java.time.InstantSource;

/// Mints version numbers that grow, also across restarts.
///
/// The next number is the greater of the last one plus one and the clock in milliseconds. Before a
/// number is used, a ceiling above it is on disk; a new run begins above the ceiling of the one
/// before. So a clock set back does no harm while the state is there, and a lost state does none
/// while the clock is right; and the disk is written once for sixty thousand numbers or a minute of
/// them. Minting and reserving may happen on different threads.
final class VersionNumbers {
  /// Numbers reserved ahead: a minute of the clock.
  private static final long RESERVE = 60_000;

  private final InstantSource clock;
  private final Ceiling ceiling;
  private long last;
  private long reserved;

  /// Where the ceiling is kept.
  interface Ceiling {
    /// Keeps it, on disk when this returns.
    ///
    /// @throws java.io.UncheckedIOException if it cannot be written
    void write(long number);
  }

  /// @param last every number up to here may have been used
  VersionNumbers(InstantSource clock, long last, Ceiling ceiling) {
    this.clock = clock;
    this.last = last;
    this.reserved = last;
    this.ceiling = ceiling;
  }

  /// A number above all before. To be reserved before anybody hears of it.
  synchronized long mint() {
    last = Math.max(last + 1, clock.millis());
    return last;
  }

  /// Whether `number` may be used without waiting for the disk.
  synchronized boolean isReserved(long number) {
    return number <= reserved;
  }

  /// Makes sure that no later run uses `number` or one below it.
  ///
  /// @throws java.io.UncheckedIOException if that cannot be written
  synchronized void reserve(long number) {
    if (number > reserved) {
      ceiling.write(number + RESERVE);
      reserved = number + RESERVE;
    }
  }
}

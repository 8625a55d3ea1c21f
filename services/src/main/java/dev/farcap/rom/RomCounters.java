package dev.farcap.rom;

import java.util.concurrent.atomic.LongAdder;

/// What a ROM server counted since it started. Read by any thread.
public final class RomCounters {
  final LongAdder published = new LongAdder();
  final LongAdder discarded = new LongAdder();
  final LongAdder unreadable = new LongAdder();
  final LongAdder refused = new LongAdder();
  final LongAdder aborted = new LongAdder();
  final LongAdder rescans = new LongAdder();
  final LongAdder foldersUnwatched = new LongAdder();

  RomCounters() {}

  /// Versions published, absent ones included.
  public long published() {
    return published.sum();
  }

  /// Copies thrown away because the file was being written meanwhile.
  public long discarded() {
    return discarded.sum();
  }

  /// Times that a file could not be read or was over the size bound.
  public long unreadable() {
    return unreadable.sum();
  }

  /// Calls refused at a bound.
  public long refused() {
    return refused.sum();
  }

  /// Reads aborted because replaced versions used up their disk space.
  public long aborted() {
    return aborted.sum();
  }

  /// Rescans of the whole root after the kernel lost events or the root was replaced.
  public long rescans() {
    return rescans.sum();
  }

  /// Folders that are not watched because of a bound.
  public long foldersUnwatched() {
    return foldersUnwatched.sum();
  }
}

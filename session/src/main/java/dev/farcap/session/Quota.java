package dev.farcap.session;

/// What one session may hold at a time on the host that serves it.
///
/// Exceeding it fails the one call that does so with [Failure.Kind#OVERLOADED], nobody else's.
///
/// @param calls calls in flight, at least 1
/// @param bufferedBytes payload bytes received and not yet taken by their reader, per direction;
///   four times as much may wait to be sent, as far as the process has room. One message of the
///   greatest length allowed always fits.
/// @param objects live objects (signal contexts and the like)
public record Quota(int calls, long bufferedBytes, int objects) {
  /// 1,000 calls, 16 MiB, 1,000 objects: enough for a busy program, small enough for thousands of
  /// them to be bounded by the holder's own limits first.
  public static final Quota DEFAULT = new Quota(1_000, 16L << 20, 1_000);

  /// @throws IllegalArgumentException naming the part that is out of range
  public Quota {
    if (calls < 1 || bufferedBytes < 1 || objects < 0) {
      throw new IllegalArgumentException(
          "quota out of range: calls "
              + calls
              + " (at least 1), buffered bytes "
              + bufferedBytes
              + " (at least 1), objects "
              + objects
              + " (at least 0)");
    }
  }

  /// The smaller of both in every part.
  public Quota min(Quota other) {
    return new Quota(
        Math.min(calls, other.calls),
        Math.min(bufferedBytes, other.bufferedBytes),
        Math.min(objects, other.objects));
  }
}

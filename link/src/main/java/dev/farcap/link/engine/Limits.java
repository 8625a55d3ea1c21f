package dev.farcap.link.engine;

/// What one side of a link accepts, told to the other in Hello.
///
/// @param callWindowBytes cost a fresh call may take before the first Credit, each direction; at
///   least [#CHUNK_BYTES] + [#MESSAGE_COST]
/// @param openingWindowBytes cost that requests of a session may take before it is allowed
/// @param sessionWindowBytes cost that replies of a session may take before its first Credit
/// @param messageBytes longest message accepted, 1 .. 2^31 - 1
/// @param sessions most sessions hosted on one link
/// @param metadataBytes longest metadata of a call, headers and trailers each: names, values and 32
///   bytes a pair
public record Limits(
    long callWindowBytes,
    long openingWindowBytes,
    long sessionWindowBytes,
    long messageBytes,
    int sessions,
    int metadataBytes) {

  /// Payload of one frame: fits into one TLS record with its header.
  public static final int CHUNK_BYTES = 16 << 10;

  /// What a message costs beside its length, so that empty ones are bounded too.
  public static final int MESSAGE_COST = 16;

  /// 144 KiB a call, so that a message of 64 KiB is a short one; 256 KiB for a session not yet
  /// allowed; 8 MiB of short messages (long ones have as much again); 4 MiB messages as gRPC;
  /// sessions bounded by their memory, about 100 MB at the bound; metadata twice what HTTP/2 peers
  /// accept by default.
  public static final Limits DEFAULT =
      new Limits(144 << 10, 256 << 10, 8 << 20, 4 << 20, 20_000, 16 << 10);

  /// @throws IllegalArgumentException naming the limit that is out of range
  public Limits {
    check("call window", callWindowBytes, 2 * (CHUNK_BYTES + MESSAGE_COST), 1L << 40);
    check("opening window", openingWindowBytes, callWindowBytes, 1L << 40);
    check("session window", sessionWindowBytes, callWindowBytes, 1L << 40);
    check("message length", messageBytes, 1, Integer.MAX_VALUE);
    check("sessions", sessions, 1, Integer.MAX_VALUE);
    check("metadata length", metadataBytes, 1, 16 << 10);
  }

  private static void check(String what, long value, long min, long max) {
    if (value < min || value > max) {
      throw new IllegalArgumentException(what + " is " + value + ", expected " + min + ".." + max);
    }
  }
}

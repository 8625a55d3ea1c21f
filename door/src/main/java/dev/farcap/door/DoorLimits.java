package dev.farcap.door;

/// What one door takes at a time.
///
/// @param connections at the bound a new one is closed at once; where several users are allowed,
///   one of them has half as many
/// @param calls at the bound a new one ends RESOURCE_EXHAUSTED
/// @param callsPerConnection announced to the program, whose library queues what is beyond
/// @param messageBytes longest message taken
/// @param metadataBytes longest request metadata taken
public record DoorLimits(
    int connections, int calls, int callsPerConnection, int messageBytes, int metadataBytes) {
  /// 1,000 programs; 10,000 calls, some 100 MB of gRPC state; 1,000 calls of one program, as many
  /// as a session may have; 4 MiB, gRPC's own default; 16 KiB of metadata, twice HTTP's usual 8 and
  /// a quarter of a link's frame.
  public static final DoorLimits DEFAULT = new DoorLimits(1_000, 10_000, 1_000, 4 << 20, 16 << 10);

  /// The most metadata that fits a frame of a link with room for its other fields.
  private static final int METADATA_BYTES_MAX = 32 << 10;

  /// @throws IllegalArgumentException naming what is out of range
  public DoorLimits {
    check("connections", connections, Integer.MAX_VALUE);
    check("calls", calls, Integer.MAX_VALUE);
    check("callsPerConnection", callsPerConnection, Integer.MAX_VALUE);
    check("messageBytes", messageBytes, Arrivals.MESSAGE_BYTES_MAX);
    check("metadataBytes", metadataBytes, METADATA_BYTES_MAX);
  }

  private static void check(String what, int value, int max) {
    if (value < 1 || value > max) {
      throw new IllegalArgumentException(what + " is " + value + ", expected 1.." + max);
    }
  }
}

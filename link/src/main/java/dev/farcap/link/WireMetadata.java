package dev.farcap.link;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;
import java.util.ArrayList;
import java.util.List;

/// gRPC metadata as name, value, name, value... and back.
///
/// By `io.grpc.InternalMetadata`: it hands over the parts as they came in, where the public API
/// would look up and copy each key again.
///
/// A name that gRPC does not allow ends here. Nobody could remove it any more, and what an HTTP/2
/// server makes of it is anybody's guess: one that reads `Farcap-Label` as `farcap-label` would be
/// told a label by a stranger.
final class WireMetadata {
  private static final byte[][] NONE = {};
  private static final boolean[] OF_NAMES = ofNames();

  private WireMetadata() {}

  /// By byte, as unsigned number: whether a name may have it.
  private static boolean[] ofNames() {
    boolean[] allowed = new boolean[256];
    "abcdefghijklmnopqrstuvwxyz0123456789-_.".chars().forEach(c -> allowed[c] = true);
    return allowed;
  }

  /// The parts; values of `-bin` names are raw bytes. The arrays are shared with the metadata.
  static byte[][] parts(Metadata metadata) {
    return InternalMetadata.headerCount(metadata) == 0
        ? NONE
        : InternalMetadata.serialize(metadata);
  }

  /// Metadata of these parts, which it takes over, without those whose name is none.
  static Metadata metadata(byte[][] parts) {
    for (int i = 0; i < parts.length; i += 2) {
      if (!isName(parts[i])) {
        return InternalMetadata.newMetadata(named(parts));
      }
    }
    return InternalMetadata.newMetadata(parts);
  }

  private static boolean isName(byte[] name) {
    for (byte one : name) {
      if (!OF_NAMES[one & 0xFF]) {
        return false;
      }
    }
    return name.length > 0;
  }

  private static byte[][] named(byte[][] parts) {
    List<byte[]> kept = new ArrayList<>(parts.length);
    for (int i = 0; i < parts.length; i += 2) {
      if (isName(parts[i])) {
        kept.add(parts[i]);
        kept.add(parts[i + 1]);
      }
    }
    return kept.toArray(NONE);
  }
}

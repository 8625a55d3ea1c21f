package dev.farcap.link;

import io.grpc.InternalMetadata;
import io.grpc.Metadata;

/// gRPC metadata as name, value, name, value... and back.
///
/// By `io.grpc.InternalMetadata`: it hands over the parts as they came in, where the public API
/// would look up and copy each key again.
final class WireMetadata {
  private static final byte[][] NONE = {};

  private WireMetadata() {}

  /// The parts; values of `-bin` names are raw bytes. The arrays are shared with the metadata.
  static byte[][] parts(Metadata metadata) {
    return InternalMetadata.headerCount(metadata) == 0
        ? NONE
        : InternalMetadata.serialize(metadata);
  }

  /// Metadata of these parts, which it takes over.
  static Metadata metadata(byte[][] parts) {
    return InternalMetadata.newMetadata(parts);
  }
}

package dev.farcap.capability;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// What a signature is made for. A signature of one role never verifies as another.
public enum Role {
  /// The first block of a grant, by a CAP_ISSUE key.
  AUTHORITY(1),
  /// A further block of a token, by the holder of the block before.
  DELEGATION(2),
  /// A trust bundle, by a BUNDLE key.
  BUNDLE(3),
  /// A revocation list, by a REVOKE key.
  REVOCATION(4),
  /// Rules and provider identities, by a DIRECTORY key.
  DIRECTORY(5),
  /// Proof of possession while enrolling, by a holder key.
  ENROL(6),
  /// The first block of a reference, by the holder key of the object's host.
  REFERENCE(7),
  /// A checkpoint of an audit log, by a holder key.
  AUDIT(8);

  private static final byte[] CONTEXT = "farcap-cap-v1\0".getBytes(StandardCharsets.US_ASCII);

  private final byte code;

  Role(int code) {
    this.code = (byte) code;
  }

  /// What is signed: context, role, length and payload, a fresh array.
  byte[] input(byte[] payload) {
    return ByteBuffer.allocate(CONTEXT.length + 1 + Integer.BYTES + payload.length)
        .put(CONTEXT)
        .put(code)
        .putInt(payload.length)
        .put(payload)
        .array();
  }
}

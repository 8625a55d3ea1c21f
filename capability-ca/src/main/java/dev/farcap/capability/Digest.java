package dev.farcap.capability;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// SHA-256, with the prefixes that keep hashes made for different purposes apart.
final class Digest {
  static final int BYTES = 32;

  /// Of keys: the key id.
  static final byte[] KEY_CONTEXT = "farcap-key-v1\0".getBytes(StandardCharsets.US_ASCII);

  /// Of block payloads: the revocation id.
  static final byte[] REVOCATION_CONTEXT = "farcap-rev-v1\0".getBytes(StandardCharsets.US_ASCII);

  private Digest() {}

  /// The hash of all parts, one after the other.
  static byte[] sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}

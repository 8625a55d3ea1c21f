package dev.farcap.capability;

import dev.farcap.session.KeyId;
import java.util.Arrays;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// An Ed25519 public key that passed full validation, and the strict check of signatures by it.
///
/// RFC 8032 leaves edge cases open on which libraries disagree, and verifiers that disagree are a
/// hole. Here exactly one answer is possible: the public key A and the point R of a signature must
/// be canonical encodings of points of the prime-order subgroup other than the neutral one, and S
/// must be below the group's order. Then the equations with and without cofactor are the same.
public final class VerifyingKey {
  /// Length of the binary form.
  public static final int BYTES = 32;

  /// Length of a signature.
  public static final int SIGNATURE_BYTES = 64;

  private final byte[] bytes;
  private final KeyId id;

  private VerifyingKey(byte[] bytes) {
    this.bytes = bytes;
    this.id = KeyId.of(Digest.sha256(Digest.KEY_CONTEXT, bytes));
  }

  /// The key with this binary form.
  ///
  /// @throws IllegalArgumentException if it is not 32 bytes or no valid key
  public static VerifyingKey of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException(
          "Ed25519 key is " + bytes.length + " bytes, expected " + BYTES);
    }
    if (!Ed25519.validatePublicKeyFull(bytes, 0)) {
      throw new IllegalArgumentException(
          "Ed25519 key is not a canonical point of the prime-order group");
    }
    return new VerifyingKey(bytes.clone());
  }

  /// Whether this key signed the payload in that role.
  ///
  /// @param signature of any length; only 64 bytes can be true
  public boolean verifies(Role role, byte[] payload, byte[] signature) {
    return verifies(role.input(payload), signature);
  }

  /// As RFC 8032 with the strictness above, over the input as it is.
  boolean verifies(byte[] input, byte[] signature) {
    return signature.length == SIGNATURE_BYTES
        && Ed25519.validatePublicKeyFull(signature, 0)
        && Ed25519.verify(signature, 0, bytes, 0, input, 0, input.length);
  }

  /// Its name.
  public KeyId id() {
    return id;
  }

  /// The 32 bytes, a fresh array.
  public byte[] bytes() {
    return bytes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof VerifyingKey key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /// Its id.
  @Override
  public String toString() {
    return id.toString();
  }
}

package dev.farcap.capability;

import dev.farcap.session.KeyId;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// An Ed25519 private key. Prints as the id of its public half; the secret leaves it only by
/// [#toPkcs8()].
public final class SigningKey {
  private static final int SEED_BYTES = 32;

  // RFC 8410 section 7: everything of a PKCS #8 Ed25519 key that stands before the 32 secret bytes.
  private static final byte[] PKCS8_HEAD = {
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20
  };

  private final byte[] seed;
  private final VerifyingKey verifyingKey;

  private SigningKey(byte[] seed) {
    byte[] publicKey = new byte[VerifyingKey.BYTES];
    Ed25519.generatePublicKey(seed, 0, publicKey, 0);
    this.seed = seed;
    this.verifyingKey = VerifyingKey.of(publicKey);
  }

  /// A fresh key.
  public static SigningKey generate(SecureRandom random) {
    byte[] seed = new byte[SEED_BYTES];
    random.nextBytes(seed);
    return new SigningKey(seed);
  }

  /// The key in the encoding of PKCS #8 (RFC 8410), as `openssl genpkey -algorithm ed25519` writes.
  ///
  /// @throws IllegalArgumentException if it is another; the message never holds the bytes
  public static SigningKey ofPkcs8(byte[] der) {
    boolean ours =
        der.length == PKCS8_HEAD.length + SEED_BYTES
            && Arrays.equals(PKCS8_HEAD, Arrays.copyOf(der, PKCS8_HEAD.length));
    if (!ours) {
      throw new IllegalArgumentException("not an Ed25519 private key in PKCS #8");
    }
    return new SigningKey(Arrays.copyOfRange(der, PKCS8_HEAD.length, der.length));
  }

  /// The secret in the encoding of PKCS #8, a fresh array.
  public byte[] toPkcs8() {
    byte[] der = Arrays.copyOf(PKCS8_HEAD, PKCS8_HEAD.length + SEED_BYTES);
    System.arraycopy(seed, 0, der, PKCS8_HEAD.length, SEED_BYTES);
    return der;
  }

  /// Signs a payload in a role: 64 bytes.
  public byte[] sign(Role role, byte[] payload) {
    byte[] input = role.input(payload);
    byte[] signature = new byte[VerifyingKey.SIGNATURE_BYTES];
    Ed25519.sign(seed, 0, input, 0, input.length, signature, 0);
    return signature;
  }

  /// The public half.
  public VerifyingKey verifyingKey() {
    return verifyingKey;
  }

  /// The name of the public half.
  public KeyId id() {
    return verifyingKey.id();
  }

  /// The id of the public half.
  @Override
  public String toString() {
    return id().toString();
  }
}

package dev.farcap.capability;

import static dev.farcap.capability.StrictProto.fixed;

import com.google.protobuf.ByteString;
import dev.farcap.capability.wire.SignedDocument;
import dev.farcap.session.KeyId;
import java.time.Instant;

/// Bytes with the signature of one key of the realm: what a directory brings.
final class SignedPayload {
  /// What a Consul with its usual settings takes as one value.
  static final int BYTES_MAX = 512 << 10;

  private SignedPayload() {}

  /// Signs a payload.
  ///
  /// @throws IllegalArgumentException if that outgrows the bound
  static byte[] sign(byte[] payload, Role role, SigningKey signer) {
    byte[] signed =
        SignedDocument.newBuilder()
            .setPayload(ByteString.copyFrom(payload))
            .setKey(ByteString.copyFrom(signer.id().bytes()))
            .setSignature(ByteString.copyFrom(signer.sign(role, payload)))
            .build()
            .toByteArray();
    if (signed.length > BYTES_MAX) {
      throw new IllegalArgumentException(tooLarge(signed));
    }
    return signed;
  }

  /// The payload, once a key of that usage is seen to vouch for it now.
  ///
  /// @throws MalformedException with SIZE, PARSE, UNKNOWN_FIELD, NONCANONICAL, FIELD, KEY_UNKNOWN,
  ///   KEY_USAGE, KEY_STATE or SIGNATURE
  static byte[] open(
      byte[] signed, Role role, BundleKey.Usage usage, TrustBundle bundle, Instant now)
      throws MalformedException {
    if (signed.length > BYTES_MAX) {
      throw new MalformedException(Reason.SIZE, tooLarge(signed));
    }
    SignedDocument wire = StrictProto.parse(SignedDocument.parser(), signed);
    byte[] payload = wire.getPayload().toByteArray();
    KeyId id = KeyId.of(fixed("signing key id", wire.getKey(), KeyId.BYTES));
    byte[] signature = fixed("signature", wire.getSignature(), VerifyingKey.SIGNATURE_BYTES);
    VerifyingKey key = key(id, usage, bundle, now);
    if (!key.verifies(role, payload, signature)) {
      throw new MalformedException(Reason.SIGNATURE, "signature by " + id + " is wrong");
    }
    return payload;
  }

  private static String tooLarge(byte[] signed) {
    return "document is " + signed.length + " bytes, limit " + BYTES_MAX;
  }

  private static VerifyingKey key(KeyId id, BundleKey.Usage usage, TrustBundle bundle, Instant now)
      throws MalformedException {
    BundleKey key =
        bundle
            .key(id)
            .orElseThrow(
                () ->
                    new MalformedException(
                        Reason.KEY_UNKNOWN, "bundle " + bundle.number() + " has no key " + id));
    if (key.usage() != usage) {
      throw new MalformedException(
          Reason.KEY_USAGE, "the signer's key is for " + key.usage() + ", not " + usage);
    }
    if (!key.vouchesAt(bundle.trusted(now))) {
      throw new MalformedException(
          Reason.KEY_STATE,
          "the signer's key is %s, valid %s..%s"
              .formatted(key.state(), key.notBefore(), key.expires()));
    }
    return switch (key.material()) {
      case BundleKey.Material.Ed25519(VerifyingKey verifying) -> verifying;
      case BundleKey.Material.EcdsaP256 _ ->
          throw new MalformedException(Reason.KEY_USAGE, "the signer's key is for certificates");
    };
  }
}

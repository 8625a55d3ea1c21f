package dev.farcap.capability;

import static dev.farcap.capability.StrictProto.fixed;

import com.google.protobuf.ByteString;
import dev.farcap.capability.wire.BundleSignature;
import dev.farcap.session.KeyId;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A trust bundle as it is kept in files and sent, signed by BUNDLE keys.
///
/// A first bundle is trusted because its hash is pinned. A later one is trusted because it
/// [follows][#follows] one that is: nobody but the holders of the BUNDLE keys can replace it, the
/// directory that brings it included.
public final class SignedBundle {
  /// Bound of the serialised form.
  public static final int BYTES_MAX = 64 << 10;

  /// Two rotations of a BUNDLE key at once, twice over.
  private static final int SIGNATURES_MAX = 8;

  private final byte[] bytes;
  private final byte[] payload;
  private final Map<KeyId, byte[]> signatures;
  private final TrustBundle bundle;

  private SignedBundle(
      byte[] bytes, byte[] payload, Map<KeyId, byte[]> signatures, TrustBundle bundle) {
    this.bytes = bytes;
    this.payload = payload;
    this.signatures = signatures;
    this.bundle = bundle;
  }

  /// Signs a bundle.
  ///
  /// @param signers BUNDLE keys, at least one of them of the bundle itself
  /// @throws IllegalArgumentException if none is
  public static SignedBundle sign(TrustBundle bundle, Collection<SigningKey> signers) {
    byte[] payload = BundleCodec.encode(bundle);
    var wire =
        dev.farcap.capability.wire.SignedBundle.newBuilder()
            .setPayload(ByteString.copyFrom(payload));
    signers.stream()
        .sorted(Comparator.comparing(signer -> signer.id().hex()))
        .map(signer -> signature(signer, payload))
        .forEach(wire::addSignatures);
    return parse(wire.build().toByteArray());
  }

  private static BundleSignature signature(SigningKey signer, byte[] payload) {
    return BundleSignature.newBuilder()
        .setKey(ByteString.copyFrom(signer.id().bytes()))
        .setSignature(ByteString.copyFrom(signer.sign(Role.BUNDLE, payload)))
        .build();
  }

  /// Reads the serialised form.
  ///
  /// @throws IllegalArgumentException if it is not well-formed or not signed by a BUNDLE key of its
  ///   own, beginning with the [Reason]
  public static SignedBundle parse(byte[] bytes) {
    try {
      return decode(bytes);
    } catch (MalformedException e) {
      throw e.illegalArgument();
    }
  }

  private static SignedBundle decode(byte[] bytes) throws MalformedException {
    if (bytes.length > BYTES_MAX) {
      throw new MalformedException(
          Reason.SIZE, "bundle is " + bytes.length + " bytes, limit " + BYTES_MAX);
    }
    var wire = StrictProto.parse(dev.farcap.capability.wire.SignedBundle.parser(), bytes);
    byte[] payload = wire.getPayload().toByteArray();
    TrustBundle bundle = BundleCodec.decode(payload);
    var signed =
        new SignedBundle(bytes.clone(), payload, signatures(wire.getSignaturesList()), bundle);
    if (!signed.isSignedByKeyOf(bundle)) {
      throw new MalformedException(
          Reason.SIGNATURE,
          "bundle " + bundle.number() + " is not signed by a BUNDLE key of its own");
    }
    return signed;
  }

  private static Map<KeyId, byte[]> signatures(List<BundleSignature> wire)
      throws MalformedException {
    if (wire.size() > SIGNATURES_MAX) {
      throw new MalformedException(
          Reason.FIELD, "bundle has " + wire.size() + " signatures, limit " + SIGNATURES_MAX);
    }
    TreeMap<KeyId, byte[]> signatures = new TreeMap<>(Comparator.comparing(KeyId::hex));
    for (BundleSignature each : wire) {
      KeyId key = KeyId.of(fixed("signing key id", each.getKey(), KeyId.BYTES));
      if (!signatures.isEmpty() && signatures.lastKey().hex().compareTo(key.hex()) >= 0) {
        throw new MalformedException(Reason.FIELD, "signatures are not in ascending order");
      }
      signatures.put(key, fixed("signature", each.getSignature(), VerifyingKey.SIGNATURE_BYTES));
    }
    return signatures;
  }

  /// Whether this is the successor of `previous`: the next number of the same realm, naming the
  /// previous one's hash and signed by one of its BUNDLE keys.
  public boolean follows(SignedBundle previous) {
    return bundle.realm().equals(previous.bundle.realm())
        && bundle.number() == previous.bundle.number() + 1
        && bundle.previous().equals(previous.sha256())
        && isSignedByKeyOf(previous.bundle);
  }

  private boolean isSignedByKeyOf(TrustBundle keys) {
    return keys.keys().stream()
        .filter(key -> key.usage() == BundleKey.Usage.BUNDLE && key.vouchesAt(bundle.issued()))
        .anyMatch(this::isSignedBy);
  }

  private boolean isSignedBy(BundleKey key) {
    byte[] signature = signatures.get(key.id());
    return signature != null
        && switch (key.material()) {
          case BundleKey.Material.Ed25519(VerifyingKey publicKey) ->
              publicKey.verifies(Role.BUNDLE, payload, signature);
          case BundleKey.Material.EcdsaP256 _ -> false;
        };
  }

  /// What it says.
  public TrustBundle bundle() {
    return bundle;
  }

  /// The serialised form, a fresh array of at most [#BYTES_MAX].
  public byte[] bytes() {
    return bytes.clone();
  }

  /// SHA-256 of the serialised form, 64 hexadecimal digits: what a configuration pins.
  public String sha256() {
    return HexFormat.of().formatHex(Digest.sha256(bytes));
  }

  /// Realm, number and hash.
  @Override
  public String toString() {
    return "bundle " + bundle.number() + " of realm " + bundle.realm() + ", SHA-256 " + sha256();
  }
}

package dev.farcap.capability;

import static dev.farcap.capability.StrictProto.checked;
import static dev.farcap.capability.StrictProto.fixed;
import static dev.farcap.capability.StrictProto.instant;

import com.google.protobuf.ByteString;
import dev.farcap.capability.wire.Bundle;
import dev.farcap.capability.wire.KeyAlgorithm;
import dev.farcap.capability.wire.KeyState;
import dev.farcap.capability.wire.KeyUsage;
import dev.farcap.capability.wire.RealmKind;
import dev.farcap.session.KeyId;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Trust bundles as the payload of a signed bundle.
final class BundleCodec {
  private static final int P256_BITS = 256;

  private BundleCodec() {}

  /// The one serialised form.
  static byte[] encode(TrustBundle bundle) {
    return Bundle.newBuilder()
        .setRealm(bundle.realm())
        .setNumber(bundle.number())
        .setPrevious(ByteString.copyFrom(HexFormat.of().parseHex(bundle.previous())))
        .setIssuedMs(bundle.issued().toEpochMilli())
        .setKind(RealmKind.REALM_KIND_OFFLINE)
        .addAllKeys(bundle.keys().stream().map(BundleCodec::encode).toList())
        .build()
        .toByteArray();
  }

  private static dev.farcap.capability.wire.BundleKey encode(BundleKey key) {
    var wire =
        dev.farcap.capability.wire.BundleKey.newBuilder()
            .setId(ByteString.copyFrom(key.id().bytes()))
            .setUsage(encode(key.usage()))
            .setNotBeforeMs(key.notBefore().toEpochMilli())
            .setExpiresMs(key.expires().toEpochMilli())
            .setState(encode(key.state()));
    return switch (key.material()) {
      case BundleKey.Material.Ed25519(VerifyingKey publicKey) ->
          wire.setAlgorithm(KeyAlgorithm.KEY_ALGORITHM_ED25519)
              .setKey(ByteString.copyFrom(publicKey.bytes()))
              .build();
      case BundleKey.Material.EcdsaP256(X509Certificate authority) ->
          wire.setAlgorithm(KeyAlgorithm.KEY_ALGORITHM_ECDSA_P256)
              .setKey(ByteString.copyFrom(der(authority)))
              .build();
    };
  }

  private static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateException e) {
      throw new IllegalArgumentException("certificate cannot be encoded", e);
    }
  }

  private static KeyUsage encode(BundleKey.Usage usage) {
    return switch (usage) {
      case TLS_CA -> KeyUsage.KEY_USAGE_TLS_CA;
      case CAP_ISSUE -> KeyUsage.KEY_USAGE_CAP_ISSUE;
      case REVOKE -> KeyUsage.KEY_USAGE_REVOKE;
      case BUNDLE -> KeyUsage.KEY_USAGE_BUNDLE;
      case DIRECTORY -> KeyUsage.KEY_USAGE_DIRECTORY;
    };
  }

  private static KeyState encode(BundleKey.State state) {
    return switch (state) {
      case PENDING -> KeyState.KEY_STATE_PENDING;
      case ACTIVE -> KeyState.KEY_STATE_ACTIVE;
      case RETIRING -> KeyState.KEY_STATE_RETIRING;
      case TAINTED -> KeyState.KEY_STATE_TAINTED;
      case REVOKED -> KeyState.KEY_STATE_REVOKED;
    };
  }

  /// The bundle in these bytes.
  ///
  /// @throws MalformedException with PARSE, UNKNOWN_FIELD, NONCANONICAL or FIELD
  static TrustBundle decode(byte[] payload) throws MalformedException {
    Bundle wire = StrictProto.parse(Bundle.parser(), payload);
    if (wire.getKind() != RealmKind.REALM_KIND_OFFLINE) {
      throw new MalformedException(Reason.FIELD, "realm kind is not offline, the only one known");
    }
    Instant issued = instant("issued", wire.getIssuedMs());
    String previous =
        wire.getPrevious().isEmpty()
            ? ""
            : HexFormat.of().formatHex(fixed("previous", wire.getPrevious(), Digest.BYTES));
    List<BundleKey> keys = new ArrayList<>();
    for (var key : wire.getKeysList()) {
      keys.add(decode(key));
    }
    return checked(
        Reason.FIELD,
        () -> new TrustBundle(wire.getRealm(), wire.getNumber(), previous, issued, keys));
  }

  private static BundleKey decode(dev.farcap.capability.wire.BundleKey wire)
      throws MalformedException {
    KeyId id = KeyId.of(fixed("key id", wire.getId(), KeyId.BYTES));
    BundleKey.Usage usage = decode(wire.getUsage());
    BundleKey.State state = decode(wire.getState());
    Instant notBefore = instant("key not-before", wire.getNotBeforeMs());
    Instant expires = instant("key expires", wire.getExpiresMs());
    BundleKey.Material material = material(wire.getAlgorithm(), wire.getKey().toByteArray());
    BundleKey key =
        checked(Reason.FIELD, () -> new BundleKey(usage, state, notBefore, expires, material));
    if (!key.id().equals(id)) {
      throw new MalformedException(Reason.FIELD, "key " + key.id() + " is listed as " + id);
    }
    return key;
  }

  private static BundleKey.Usage decode(KeyUsage usage) throws MalformedException {
    return switch (usage) {
      case KEY_USAGE_TLS_CA -> BundleKey.Usage.TLS_CA;
      case KEY_USAGE_CAP_ISSUE -> BundleKey.Usage.CAP_ISSUE;
      case KEY_USAGE_REVOKE -> BundleKey.Usage.REVOKE;
      case KEY_USAGE_BUNDLE -> BundleKey.Usage.BUNDLE;
      case KEY_USAGE_DIRECTORY -> BundleKey.Usage.DIRECTORY;
      case KEY_USAGE_UNSPECIFIED, UNRECOGNIZED ->
          throw new MalformedException(Reason.FIELD, "key usage is missing or unknown");
    };
  }

  private static BundleKey.State decode(KeyState state) throws MalformedException {
    return switch (state) {
      case KEY_STATE_PENDING -> BundleKey.State.PENDING;
      case KEY_STATE_ACTIVE -> BundleKey.State.ACTIVE;
      case KEY_STATE_RETIRING -> BundleKey.State.RETIRING;
      case KEY_STATE_TAINTED -> BundleKey.State.TAINTED;
      case KEY_STATE_REVOKED -> BundleKey.State.REVOKED;
      case KEY_STATE_UNSPECIFIED, UNRECOGNIZED ->
          throw new MalformedException(Reason.FIELD, "key state is missing or unknown");
    };
  }

  private static BundleKey.Material material(KeyAlgorithm algorithm, byte[] key)
      throws MalformedException {
    return switch (algorithm) {
      case KEY_ALGORITHM_ED25519 ->
          new BundleKey.Material.Ed25519(checked(Reason.FIELD, () -> VerifyingKey.of(key)));
      case KEY_ALGORITHM_ECDSA_P256 -> new BundleKey.Material.EcdsaP256(certificate(key));
      case KEY_ALGORITHM_UNSPECIFIED, UNRECOGNIZED ->
          throw new MalformedException(Reason.FIELD, "key algorithm is missing or unknown");
    };
  }

  private static X509Certificate certificate(byte[] der) throws MalformedException {
    try {
      var certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(der));
      boolean p256 =
          certificate.getPublicKey() instanceof ECPublicKey key
              && key.getParams().getOrder().bitLength() == P256_BITS;
      if (!p256 || !Arrays.equals(certificate.getEncoded(), der)) {
        throw new MalformedException(Reason.FIELD, "TLS CA key is not one P-256 certificate");
      }
      return certificate;
    } catch (CertificateException _) {
      throw new MalformedException(Reason.FIELD, "TLS CA key is no X.509 certificate");
    }
  }
}

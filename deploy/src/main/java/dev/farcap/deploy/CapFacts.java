package dev.farcap.deploy;

import dev.farcap.capability.BundleKey;
import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.Grant;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.Token;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Every field of a grant, certificate or trust bundle, by name.
final class CapFacts {
  private static final String[] KEY_USAGES = {
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly"
  };

  private static final int URI_NAME = 6;
  private static final int HOLDER_KEY_BYTES = 32;
  private static final int HOLDER_KEY_HEAD_BYTES = 4;

  private CapFacts() {}

  static Map<String, Object> of(Token token) {
    Grant grant = token.grant();
    return Printer.facts(
        "kind", "grant",
        "sha256", token.hash(),
        "revocationId", token.revocationId(),
        "realm", grant.realm(),
        "issuerKey", grant.issuer().hex(),
        "serial", grant.serial().hex(),
        "holderKey", grant.holder().id().hex(),
        "service", grant.service(),
        "server", grant.server().toString(),
        "label", grant.label().toString(),
        "methods", grant.methods().toString(),
        "notBefore", grant.notBefore().toString(),
        "expires", grant.expires().toString(),
        "delegationDepth", grant.depth(),
        "sessions", grant.limits().sessions(),
        "callsInFlight", grant.limits().callsInFlight(),
        "bufferedBytes", grant.limits().bufferedBytes(),
        "references", grant.limits().references(),
        "callsPerSecond", grant.limits().callsPerSecond(),
        "maxStaleness", Objects.requireNonNullElse(grant.maxStaleness(), "of the realm").toString(),
        "flags", grant.flags().stream().map(Enum::toString).sorted().toList());
  }

  static Map<String, Object> of(SignedBundle bundle) {
    return Printer.facts(
        "kind", "trust bundle",
        "sha256", bundle.sha256(),
        "realm", bundle.bundle().realm(),
        "number", bundle.bundle().number(),
        "previous", bundle.bundle().previous(),
        "issued", bundle.bundle().issued().toString(),
        "keys", bundle.bundle().keys().stream().map(CapFacts::of).toList());
  }

  private static Map<String, Object> of(BundleKey key) {
    return Printer.facts(
        "id", key.id().hex(),
        "usage", key.usage().toString(),
        "state", key.state().toString(),
        "algorithm", algorithm(key.material()),
        "notBefore", key.notBefore().toString(),
        "expires", key.expires().toString());
  }

  private static String algorithm(BundleKey.Material material) {
    return switch (material) {
      case BundleKey.Material.Ed25519 _ -> "Ed25519";
      case BundleKey.Material.EcdsaP256 _ -> "ECDSA P-256";
    };
  }

  static Map<String, Object> of(X509Certificate certificate) {
    try {
      return Printer.facts(
          "kind", "certificate",
          "sha256", sha256(certificate.getEncoded()),
          "identity", names(certificate),
          "holderKey", holderKey(certificate).orElse(""),
          "subject", certificate.getSubjectX500Principal().toString(),
          "issuer", certificate.getIssuerX500Principal().toString(),
          "serial", certificate.getSerialNumber().toString(16),
          "notBefore", certificate.getNotBefore().toInstant().toString(),
          "expires", certificate.getNotAfter().toInstant().toString(),
          "authority", certificate.getBasicConstraints() >= 0,
          "keyAlgorithm", certificate.getPublicKey().getAlgorithm(),
          "signatureAlgorithm", certificate.getSigAlgName(),
          "keyUsage", keyUsage(certificate.getKeyUsage()),
          "extendedKeyUsage", orEmpty(certificate.getExtendedKeyUsage()),
          "criticalExtensions", sorted(certificate.getCriticalExtensionOIDs()),
          "otherExtensions", sorted(certificate.getNonCriticalExtensionOIDs()));
    } catch (GeneralSecurityException e) {
      throw new CommandException(
          ExitCode.FAILED, "the certificate cannot be read: " + e.getMessage());
    }
  }

  private static String sha256(byte[] bytes) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static List<String> names(X509Certificate certificate)
      throws CertificateParsingException {
    Collection<List<?>> names = certificate.getSubjectAlternativeNames();
    List<String> found = new ArrayList<>();
    if (names != null) {
      names.forEach(
          name -> found.add((name.getFirst().equals(URI_NAME) ? "" : "not a URI: ") + name.get(1)));
    }
    return found;
  }

  /// The id in the certificate's extension, 64 hexadecimal digits, if it has a proper one.
  static Optional<String> holderKey(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(CertificatePolicy.HOLDER_KEY_OID);
    int length = HOLDER_KEY_HEAD_BYTES + HOLDER_KEY_BYTES;
    return extension == null || extension.length != length
        ? Optional.empty()
        : Optional.of(
            HexFormat.of().formatHex(Arrays.copyOfRange(extension, HOLDER_KEY_HEAD_BYTES, length)));
  }

  private static List<String> keyUsage(boolean @Nullable [] bits) {
    List<String> usages = new ArrayList<>();
    for (int i = 0; bits != null && i < bits.length; i++) {
      if (bits[i]) {
        usages.add(KEY_USAGES[i]);
      }
    }
    return usages;
  }

  private static List<String> orEmpty(@Nullable List<String> list) {
    return list == null ? List.of() : list;
  }

  private static List<String> sorted(@Nullable Set<String> oids) {
    return oids == null ? List.of() : oids.stream().sorted().toList();
  }
}

package dev.farcap.capability;

import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Peer;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Says who a peer is by the certificate whose key it has proven to own: a pure function.
///
/// Asked at every connection, after the handshake, with the bundle of that moment. It is complete
/// in itself: what the TLS library has checked before is checked again. Only the leaf counts, and
/// only a TLS_CA key of the bundle vouches for it; there are no intermediates.
public final class CertificatePolicy {
  /// The extension that ties a certificate to its owner's holder key: an OCTET STRING of the 32
  /// bytes of the key id.
  public static final String HOLDER_KEY_OID = "2.25.338281742156501531259167868750032751956";

  private static final int URI_NAME = 6;
  private static final int P256_BITS = 256;
  private static final int DIGITAL_SIGNATURE_BIT = 0;
  private static final int KEY_CERT_SIGN_BIT = 5;
  private static final String SIGNATURE_ALGORITHM = "SHA256withECDSA";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

  // The value of an extension is an OCTET STRING around its DER, here an OCTET STRING again.
  private static final byte[] HOLDER_KEY_HEAD = {0x04, 0x22, 0x04, 0x20};

  private CertificatePolicy() {}

  /// The answer.
  public sealed interface Admission {
    /// The peer is who it says.
    record Admitted(Peer peer) implements Admission {}

    /// It may not connect.
    ///
    /// @param cause the first check that failed
    /// @param detail one line for the local log
    record Refused(Cause cause, String detail) implements Admission {
      /// Makes one visible line of the detail, which may quote the certificate.
      public Refused {
        detail = OneLine.of(detail);
      }

      /// `CAUSE: detail`.
      @Override
      public String toString() {
        return cause + ": " + detail;
      }
    }
  }

  /// Why a peer may not connect, in the order in which it is checked.
  public enum Cause {
    /// No certificate was shown.
    MISSING,
    /// It has not exactly one name, or that is no identity in its one spelling.
    NAME,
    /// It is of another realm.
    REALM,
    /// It is that of a CA.
    CA_CERTIFICATE,
    /// It is not for both ends of TLS, or for more, or has a critical extension unknown here.
    USAGE,
    /// Its key is not ECDSA P-256, or it is not signed by such.
    ALGORITHM,
    /// It names no holder key.
    HOLDER,
    /// It is not valid now.
    TIME,
    /// No TLS_CA key of the bundle, valid now, issued it.
    ISSUER
  }

  /// Decides.
  ///
  /// @param chain as proven in the handshake, leaf first; what follows the leaf is ignored
  /// @param bundle the keys of the local realm, the only one whose peers are admitted
  /// @param clock the local time; the bundle's own counts where the clock is behind it
  public static Admission check(List<X509Certificate> chain, TrustBundle bundle, Instant clock) {
    try {
      return chain.isEmpty()
          ? new Admission.Refused(Cause.MISSING, "the peer showed no certificate")
          : new Admission.Admitted(admit(chain.getFirst(), bundle, bundle.trusted(clock)));
    } catch (RefusedException e) {
      return e.refused;
    }
  }

  private static Peer admit(X509Certificate leaf, TrustBundle bundle, Instant now)
      throws RefusedException {
    Identity identity = identity(leaf);
    require(
        identity.realm().equals(bundle.realm()),
        Cause.REALM,
        identity + " is not of realm '" + bundle.realm() + "'");
    require(
        leaf.getBasicConstraints() < 0 && !hasKeyUsage(leaf, KEY_CERT_SIGN_BIT),
        Cause.CA_CERTIFICATE,
        "the certificate of " + identity + " is that of a CA");
    checkUsage(leaf);
    checkAlgorithm(leaf);
    KeyId holderKey = holderKey(leaf);
    // Half open like every time of ours: the last second of a certificate is given up.
    Instant expires = leaf.getNotAfter().toInstant();
    require(
        !now.isBefore(leaf.getNotBefore().toInstant()) && now.isBefore(expires),
        Cause.TIME,
        "the certificate of %s is valid %s..%s, now is %s"
            .formatted(identity, leaf.getNotBefore().toInstant(), expires, now));
    BundleKey issuer =
        issuer(leaf, bundle, now)
            .orElseThrow(
                () ->
                    new RefusedException(
                        Cause.ISSUER,
                        "no TLS_CA key of bundle %d issued the certificate of %s"
                            .formatted(bundle.number(), identity)));
    return new Peer(
        identity, holderKey, expires.isBefore(issuer.expires()) ? expires : issuer.expires());
  }

  private static Identity identity(X509Certificate leaf) throws RefusedException {
    String uri = onlyUri(leaf);
    try {
      return Identity.parse(uri);
    } catch (IllegalArgumentException e) {
      throw new RefusedException(Cause.NAME, String.valueOf(e.getMessage()));
    }
  }

  private static String onlyUri(X509Certificate leaf) throws RefusedException {
    Collection<List<?>> names = names(leaf);
    require(
        names.size() == 1,
        Cause.NAME,
        "the certificate has " + names.size() + " alternative names, expected 1");
    List<?> name = names.iterator().next();
    require(
        name.getFirst().equals(URI_NAME) && name.getLast() instanceof String,
        Cause.NAME,
        "the certificate's alternative name is no URI");
    return (String) name.getLast();
  }

  private static Collection<List<?>> names(X509Certificate leaf) throws RefusedException {
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException | RuntimeException _) {
      // The JDK reports some malformed names, of kinds that are never ours, by unchecked
      // exceptions.
      throw new RefusedException(Cause.NAME, "the certificate's alternative name is malformed");
    }
  }

  private static void checkUsage(X509Certificate leaf) throws RefusedException {
    require(
        !leaf.hasUnsupportedCriticalExtension(),
        Cause.USAGE,
        "the certificate has an unknown critical extension");
    require(
        hasKeyUsage(leaf, DIGITAL_SIGNATURE_BIT),
        Cause.USAGE,
        "the certificate's key usage is not digitalSignature");
    require(
        extendedUsages(leaf).equals(Set.of(CLIENT_AUTH, SERVER_AUTH)),
        Cause.USAGE,
        "the certificate's extended key usage is not clientAuth and serverAuth");
  }

  private static boolean hasKeyUsage(X509Certificate leaf, int bit) {
    boolean[] usage = leaf.getKeyUsage();
    return usage != null && usage[bit];
  }

  private static Set<String> extendedUsages(X509Certificate leaf) throws RefusedException {
    try {
      List<String> usages = leaf.getExtendedKeyUsage();
      return usages == null ? Set.of() : Set.copyOf(usages);
    } catch (CertificateParsingException _) {
      throw new RefusedException(Cause.USAGE, "the certificate's extended key usage is malformed");
    }
  }

  private static void checkAlgorithm(X509Certificate leaf) throws RefusedException {
    boolean p256 =
        leaf.getPublicKey() instanceof ECPublicKey key
            && key.getParams().getOrder().bitLength() == P256_BITS;
    require(
        p256 && leaf.getSigAlgName().equalsIgnoreCase(SIGNATURE_ALGORITHM),
        Cause.ALGORITHM,
        "the certificate's key is not P-256 or its signature not " + SIGNATURE_ALGORITHM);
  }

  private static KeyId holderKey(X509Certificate leaf) throws RefusedException {
    return holderKeyId(leaf)
        .orElseThrow(
            () ->
                new RefusedException(
                    Cause.HOLDER, "the certificate names no holder key id of 32 bytes"));
  }

  /// The id of the holder key that a certificate names, if it does so in the right form. Whether
  /// the certificate is to be believed is another question.
  public static Optional<KeyId> holderKeyId(X509Certificate leaf) {
    byte[] value = leaf.getExtensionValue(HOLDER_KEY_OID);
    int head = HOLDER_KEY_HEAD.length;
    boolean wellFormed =
        value != null
            && value.length == head + KeyId.BYTES
            && Arrays.equals(HOLDER_KEY_HEAD, Arrays.copyOf(value, head));
    return wellFormed
        ? Optional.of(KeyId.of(Arrays.copyOfRange(value, head, value.length)))
        : Optional.empty();
  }

  private static Optional<BundleKey> issuer(X509Certificate leaf, TrustBundle bundle, Instant now) {
    return bundle.keys().stream()
        .filter(key -> key.vouchesAt(now) && isIssuer(key, leaf))
        .findFirst();
  }

  private static boolean isIssuer(BundleKey key, X509Certificate leaf) {
    return switch (key.material()) {
      case BundleKey.Material.EcdsaP256(X509Certificate authority) ->
          leaf.getIssuerX500Principal().equals(authority.getSubjectX500Principal())
              && isSignedBy(leaf, authority);
      case BundleKey.Material.Ed25519 _ -> false;
    };
  }

  private static boolean isSignedBy(X509Certificate leaf, X509Certificate authority) {
    try {
      leaf.verify(authority.getPublicKey());
      return true;
    } catch (GeneralSecurityException _) {
      return false;
    }
  }

  private static void require(boolean holds, Cause cause, String detail) throws RefusedException {
    if (!holds) {
      throw new RefusedException(cause, detail);
    }
  }

  /// Ends the checks at the first that fails.
  private static final class RefusedException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient Admission.Refused refused;

    RefusedException(Cause cause, String detail) {
      super(detail, null, false, false);
      refused = new Admission.Refused(cause, detail);
    }
  }
}

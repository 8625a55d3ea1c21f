package dev.farcap.transport.tls;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/// A realm for tests: one authority that issues P-256 leaves named by a URI, and the policy that
/// reads that name. Other modules get it from this module's test jar.
///
/// ```
/// TlsTestRealm realm = TlsTestRealm.create();
/// TlsCredentials host = realm.issue("farcap://test/host-a");
/// var tls = new TlsMedium(() -> host, realm.policy(), new TransportCounters(), TlsConfig.DEFAULT);
/// ```
public final class TlsTestRealm {
  private static final SecureRandom RANDOM = new SecureRandom();

  private final String name;
  private final KeyPair key;
  private final X509Certificate authority;

  private TlsTestRealm(String name, KeyPair key, X509Certificate authority) {
    this.name = name;
    this.key = key;
    this.authority = authority;
  }

  /// A realm with a key and a name of its own.
  public static TlsTestRealm create() {
    return create("CN=authority " + new BigInteger(32, RANDOM));
  }

  /// A realm with a key of its own whose authority has this X.500 name.
  public static TlsTestRealm create(String name) {
    KeyPair key = newKey();
    Instant now = Instant.now();
    X509Certificate authority = certify(name, name, null, key, key, now.plus(Duration.ofDays(1)));
    return new TlsTestRealm(name, key, authority);
  }

  /// Credentials whose leaf is signed by its own key; this realm is what they trust.
  public TlsCredentials selfSigned(String name) {
    KeyPair leaf = newKey();
    Instant expires = Instant.now().plus(Duration.ofHours(1));
    X509Certificate certificate = certify("CN=self", "CN=self", name, leaf, leaf, expires);
    return new TlsCredentials(leaf.getPrivate(), List.of(certificate), List.of(authority));
  }

  /// The authority's X.500 name.
  public String name() {
    return name;
  }

  /// The authority's certificate: the only anchor.
  public X509Certificate authority() {
    return authority;
  }

  /// Credentials of a new key, valid for an hour.
  ///
  /// @param name a URI, as `farcap://test/host-a`
  public TlsCredentials issue(String name) {
    return issue(name, Instant.now().plus(Duration.ofHours(1)));
  }

  /// Credentials of a new key.
  public TlsCredentials issue(String uri, Instant expires) {
    KeyPair leaf = newKey();
    X509Certificate certificate = certify(name, "CN=leaf", uri, leaf, key, expires);
    return new TlsCredentials(leaf.getPrivate(), List.of(certificate), List.of(authority));
  }

  /// Admits whoever has a URI name, by that name.
  public ConnectionPolicy policy() {
    return chain -> {
      X509Certificate leaf = chain.getFirst();
      return new Principal(nameOf(leaf), keyIdOf(leaf), leaf.getNotAfter().toInstant());
    };
  }

  private static String nameOf(X509Certificate leaf) throws ConnectionRefusedException {
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      if (names == null) {
        throw new ConnectionRefusedException("the certificate has no name");
      }
      return String.valueOf(names.iterator().next().get(1));
    } catch (GeneralSecurityException e) {
      throw new ConnectionRefusedException("the certificate's names cannot be read");
    }
  }

  private static String keyIdOf(X509Certificate leaf) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(leaf.getPublicKey().getEncoded());
      return HexFormat.of().formatHex(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static X509Certificate certify(
      String issuer,
      String subject,
      @Nullable String name,
      KeyPair owner,
      KeyPair signer,
      Instant expires) {
    try {
      X509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              new X500Principal(issuer),
              new BigInteger(64, RANDOM).add(BigInteger.ONE),
              Date.from(Instant.now().minus(Duration.ofDays(2))),
              Date.from(expires),
              new X500Principal(subject),
              owner.getPublic());
      addExtensions(certificate, name);
      return new JcaX509CertificateConverter()
          .getCertificate(
              certificate.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void addExtensions(X509v3CertificateBuilder certificate, @Nullable String name)
      throws CertIOException {
    certificate.addExtension(Extension.basicConstraints, true, new BasicConstraints(name == null));
    if (name != null) {
      certificate.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, name)));
    }
  }
}

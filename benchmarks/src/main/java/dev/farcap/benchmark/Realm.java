package dev.farcap.benchmark;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
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

/// The same kind of certificates for every subject that speaks TLS: an authority for one day and
/// P-256 leaves named `farcap://bench/NAME` and `NAME.bench`.
final class Realm {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Duration LIFE = Duration.ofDays(1);

  private final KeyPair key;
  private final X509Certificate authority;

  private Realm(KeyPair key, X509Certificate authority) {
    this.key = key;
    this.authority = authority;
  }

  /// A leaf and its key.
  record Leaf(PrivateKey key, X509Certificate certificate) {
    /// Writes certificate and key into one file, as HAProxy, nginx and stunnel take them.
    Path write(Path file) {
      return Lab.write(
          file, pem("CERTIFICATE", encoded(certificate)) + pem("PRIVATE KEY", key.getEncoded()));
    }
  }

  static Realm create() {
    KeyPair key = newKey();
    return new Realm(key, certify("CN=authority", null, key, key));
  }

  X509Certificate authority() {
    return authority;
  }

  /// Writes the authority's certificate.
  Path writeAuthority(Path file) {
    return Lab.write(file, pem("CERTIFICATE", encoded(authority)));
  }

  Leaf issue(String name) {
    KeyPair leaf = newKey();
    return new Leaf(leaf.getPrivate(), certify("CN=" + name, name, leaf, key));
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
      String subject, @Nullable String name, KeyPair owner, KeyPair signer) {
    Instant now = Instant.now();
    try {
      X509v3CertificateBuilder certificate =
          new JcaX509v3CertificateBuilder(
              new X500Principal("CN=authority"),
              new BigInteger(64, RANDOM).add(BigInteger.ONE),
              Date.from(now.minus(LIFE)),
              Date.from(now.plus(LIFE)),
              new X500Principal(subject),
              owner.getPublic());
      certificate.addExtension(
          Extension.basicConstraints, true, new BasicConstraints(name == null));
      if (name != null) {
        certificate.addExtension(Extension.subjectAlternativeName, false, names(name));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              certificate.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static GeneralNames names(String name) {
    return new GeneralNames(
        new GeneralName[] {
          new GeneralName(GeneralName.uniformResourceIdentifier, "farcap://bench/" + name),
          new GeneralName(GeneralName.dNSName, name + ".bench")
        });
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String pem(String what, byte[] bytes) {
    String lines = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + lines + "\n-----END " + what + "-----\n";
  }
}

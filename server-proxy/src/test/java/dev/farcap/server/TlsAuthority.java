package dev.farcap.server;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
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
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// An authority as anybody may have one, that vouches for the names of servers.
final class TlsAuthority {
  private static final Duration LIFE = Duration.ofHours(1);

  private final X500Principal name;
  private final KeyPair keys = newKeys();
  private final X509Certificate certificate;

  /// A server's key and certificate.
  record Issued(KeyPair keys, X509Certificate certificate) {}

  TlsAuthority(String name) throws Exception {
    this.name = new X500Principal("CN=" + name);
    certificate = certify(this.name, keys, Extension.basicConstraints, new BasicConstraints(true));
  }

  /// What trusts it needs: a PEM file.
  Path write(Path file) throws Exception {
    String base64 =
        Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded());
    return Files.writeString(
        file, "-----BEGIN CERTIFICATE-----\n" + base64 + "\n-----END CERTIFICATE-----\n");
  }

  /// @param host the only DNS name
  Issued issue(String host) throws Exception {
    KeyPair server = newKeys();
    GeneralNames names = new GeneralNames(new GeneralName(GeneralName.dNSName, host));
    return new Issued(
        server,
        certify(new X500Principal("CN=server"), server, Extension.subjectAlternativeName, names));
  }

  private X509Certificate certify(
      X500Principal subject,
      KeyPair owner,
      org.bouncycastle.asn1.ASN1ObjectIdentifier extension,
      org.bouncycastle.asn1.ASN1Encodable value)
      throws Exception {
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.valueOf(System.nanoTime()),
            Date.from(now.minus(LIFE)),
            Date.from(now.plus(LIFE)),
            subject,
            owner.getPublic());
    builder.addExtension(extension, false, value);
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
  }

  private static KeyPair newKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }
}

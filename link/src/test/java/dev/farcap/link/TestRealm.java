package dev.farcap.link;

import dev.farcap.session.Identity;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.tls.TlsCredentials;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// An authority for the two hosts of a test, and the policy that reads their names.
///
/// The tests of transport have a fuller one; a module that used it could not be compiled before
/// those were.
final class TestRealm {
  private static final String AUTHORITY = "CN=authority";

  private final KeyPair key = newKey();
  private final X509Certificate authority =
      certify(AUTHORITY, key, Extension.basicConstraints, new BasicConstraints(true));

  /// Credentials of a new key, valid for an hour.
  TlsCredentials issue(Identity identity) {
    KeyPair leaf = newKey();
    GeneralName name = new GeneralName(GeneralName.uniformResourceIdentifier, identity.toString());
    X509Certificate certificate =
        certify("CN=leaf", leaf, Extension.subjectAlternativeName, new GeneralNames(name));
    return new TlsCredentials(leaf.getPrivate(), List.of(certificate), List.of(authority));
  }

  /// Admits whoever has a name, by that name.
  ConnectionPolicy policy() {
    return chain -> {
      X509Certificate leaf = chain.getFirst();
      try {
        var names = Objects.requireNonNull(leaf.getSubjectAlternativeNames());
        byte[] keyId =
            MessageDigest.getInstance("SHA-256").digest(leaf.getPublicKey().getEncoded());
        return new Principal(
            String.valueOf(names.iterator().next().get(1)),
            HexFormat.of().formatHex(keyId),
            leaf.getNotAfter().toInstant());
      } catch (GeneralSecurityException e) {
        throw new ConnectionRefusedException("the certificate cannot be read");
      }
    };
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

  private X509Certificate certify(
      String subject, KeyPair owner, ASN1ObjectIdentifier extension, ASN1Encodable value) {
    Instant now = Instant.now();
    try {
      var certificate =
          new JcaX509v3CertificateBuilder(
              new X500Principal(AUTHORITY),
              BigInteger.valueOf(now.toEpochMilli()),
              Date.from(now.minus(Duration.ofHours(1))),
              Date.from(now.plus(Duration.ofHours(1))),
              new X500Principal(subject),
              owner.getPublic());
      certificate.addExtension(extension, extension.equals(Extension.basicConstraints), value);
      var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(key.getPrivate());
      return new JcaX509CertificateConverter().getCertificate(certificate.build(signer));
    } catch (GeneralSecurityException | OperatorCreationException | CertIOException e) {
      throw new IllegalStateException(e);
    }
  }
}

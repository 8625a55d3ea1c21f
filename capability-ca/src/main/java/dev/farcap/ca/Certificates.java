package dev.farcap.ca;

import dev.farcap.capability.CertificatePolicy;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Makes the X.509 certificates of a realm: ECDSA P-256, two levels.
final class Certificates {
  private static final int SERIAL_BITS = 127;
  private static final int NAME_DIGITS = 8;

  private final SecureRandom random;

  Certificates(SecureRandom random) {
    this.random = random;
  }

  /// A fresh P-256 key pair.
  KeyPair generateKeyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has P-256", e);
    }
  }

  /// The realm's own certificate, signed by itself.
  X509Certificate authority(String realm, KeyPair keys, Instant notBefore, Instant expires) {
    // The random part tells the names of successive authorities of one realm apart.
    String mark = HexFormat.of().toHexDigits(random.nextLong()).substring(0, NAME_DIGITS);
    X500Name name =
        new X500NameBuilder(BCStyle.INSTANCE)
            .addRDN(BCStyle.O, realm)
            .addRDN(BCStyle.CN, "Farcap CA " + mark)
            .build();
    return build(
        new JcaX509v3CertificateBuilder(
            name, serial(), Date.from(notBefore), Date.from(expires), name, keys.getPublic()),
        keys.getPrivate(),
        builder -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(0));
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign));
          builder.addExtension(
              Extension.subjectKeyIdentifier,
              false,
              identifiers().createSubjectKeyIdentifier(keys.getPublic()));
        });
  }

  /// A host's certificate, for both ends of TLS.
  X509Certificate leaf(
      Identity identity, KeyId holderKey, PublicKey key, Authority issuer, Validity validity) {
    X500Name issuerName =
        X500Name.getInstance(issuer.certificate().getSubjectX500Principal().getEncoded());
    return build(
        new JcaX509v3CertificateBuilder(
            issuerName,
            serial(),
            Date.from(validity.notBefore()),
            Date.from(validity.expires()),
            new X500NameBuilder(BCStyle.INSTANCE).addRDN(BCStyle.CN, identity.path()).build(),
            key),
        issuer.privateKey(),
        builder -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
          builder.addExtension(
              Extension.authorityKeyIdentifier,
              false,
              identifiers().createAuthorityKeyIdentifier(issuer.certificate().getPublicKey()));
          builder.addExtension(
              Extension.subjectKeyIdentifier, false, identifiers().createSubjectKeyIdentifier(key));
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(
                  new KeyPurposeId[] {
                    KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
                  }));
          builder.addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(
                  new GeneralName(GeneralName.uniformResourceIdentifier, identity.toString())));
          builder.addExtension(
              new ASN1ObjectIdentifier(CertificatePolicy.HOLDER_KEY_OID),
              false,
              new DEROctetString(holderKey.bytes()));
        });
  }

  /// From when to when a certificate holds.
  record Validity(Instant notBefore, Instant expires) {}

  @FunctionalInterface
  private interface Extensions {
    void addTo(X509v3CertificateBuilder builder) throws IOException;
  }

  private static X509Certificate build(
      X509v3CertificateBuilder builder, PrivateKey signer, Extensions extensions) {
    try {
      extensions.addTo(builder);
      // Without a provider named, the JDK's own signs: Bouncy Castle is never registered.
      var content = new JcaContentSignerBuilder("SHA256withECDSA").build(signer);
      return new JcaX509CertificateConverter().getCertificate(builder.build(content));
    } catch (IOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("certificate cannot be made", e);
    }
  }

  private static JcaX509ExtensionUtils identifiers() {
    try {
      return new JcaX509ExtensionUtils();
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every Java platform has the digest of key identifiers", e);
    }
  }

  private BigInteger serial() {
    return new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE);
  }
}

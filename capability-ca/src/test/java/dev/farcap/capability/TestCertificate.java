package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;

import dev.farcap.session.KeyId;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/// A certificate that is right in everything, until something is changed. Real X.509, parsed anew.
final class TestCertificate {
  private static final ASN1ObjectIdentifier HOLDER_KEY =
      new ASN1ObjectIdentifier(CertificatePolicy.HOLDER_KEY_OID);

  final List<GeneralName> names = new ArrayList<>();
  final KeyPair keys;
  X500Name issuer;
  KeyPair signer;
  String algorithm = "SHA256withECDSA";
  BasicConstraints constraints = new BasicConstraints(false);
  int keyUsage = KeyUsage.digitalSignature;
  KeyPurposeId @Nullable [] purposes = {
    KeyPurposeId.id_kp_clientAuth, KeyPurposeId.id_kp_serverAuth
  };
  @Nullable ASN1Encodable holderKey;
  boolean critical;
  boolean unknownCritical;
  Instant notBefore = NOW.minus(DAY);
  Instant expires = NOW.plus(DAY);

  private TestCertificate(KeyPair keys, X500Name issuer, KeyPair signer) {
    this.keys = keys;
    this.issuer = issuer;
    this.signer = signer;
  }

  /// What an authority of that realm would issue.
  static TestCertificate leaf(String identity, KeyId holderKey, X500Name issuer, KeyPair signer) {
    TestCertificate leaf = new TestCertificate(p256(), issuer, signer);
    leaf.names.add(uri(identity));
    leaf.holderKey = new DEROctetString(holderKey.bytes());
    return leaf;
  }

  /// An authority, signed by itself.
  static TestCertificate authority(String name) {
    KeyPair keys = p256();
    TestCertificate authority = new TestCertificate(keys, new X500Name("CN=" + name), keys);
    authority.constraints = new BasicConstraints(0);
    authority.keyUsage = KeyUsage.keyCertSign;
    authority.purposes = null;
    return authority;
  }

  static GeneralName uri(String text) {
    return new GeneralName(GeneralName.uniformResourceIdentifier, text);
  }

  static KeyPair p256() {
    return ec("secp256r1");
  }

  static KeyPair ec(String curve) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(curve));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  X509Certificate build() {
    return build(keys);
  }

  /// The same for another subject key.
  X509Certificate build(KeyPair subject) {
    try {
      return new JcaX509CertificateConverter().getCertificate(holder(subject));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /// Not parsed anew.
  byte[] encoded() {
    try {
      return holder(keys).getEncoded();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private X509CertificateHolder holder(KeyPair subject) {
    try {
      X500Name subjectName = keys == signer ? issuer : new X500Name("CN=leaf");
      var builder =
          new JcaX509v3CertificateBuilder(
              issuer,
              BigInteger.valueOf(System.nanoTime()),
              Date.from(notBefore),
              Date.from(expires),
              subjectName,
              subject.getPublic());
      builder.addExtension(Extension.basicConstraints, true, constraints);
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(keyUsage));
      if (purposes != null) {
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purposes));
      }
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            critical,
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
      if (holderKey != null) {
        builder.addExtension(HOLDER_KEY, false, holderKey);
      }
      if (unknownCritical) {
        builder.addExtension(
            new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"), true, new DEROctetString(new byte[1]));
      }
      return builder.build(new JcaContentSignerBuilder(algorithm).build(signer.getPrivate()));
    } catch (IOException | OperatorCreationException e) {
      throw new AssertionError(e);
    }
  }
}

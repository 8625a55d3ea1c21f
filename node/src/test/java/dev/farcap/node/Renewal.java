package dev.farcap.node;

import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.PrivateKey;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Gives a host a later certificate for the keys that it has.
final class Renewal {
  private Renewal() {}

  /// Replaces the certificate, as a whole.
  ///
  /// @param realm its folder, with the private keys
  /// @param credentials the host's
  static void renew(Path realm, Path credentials, Instant expires) throws Exception {
    Path file = credentials.resolve("leaf.pem");
    X509CertificateHolder old = (X509CertificateHolder) read(file);
    X509v3CertificateBuilder renewed =
        new X509v3CertificateBuilder(
            old.getIssuer(),
            old.getSerialNumber().add(BigInteger.ONE),
            old.getNotBefore(),
            Date.from(expires),
            old.getSubject(),
            old.getSubjectPublicKeyInfo());
    for (Object extension : old.getExtensionOIDs()) {
      renewed.addExtension(old.getExtension((ASN1ObjectIdentifier) extension));
    }
    PrivateKey authority =
        new JcaPEMKeyConverter().getPrivateKey((PrivateKeyInfo) read(realm.resolve("tls-ca.key")));
    byte[] leaf =
        renewed.build(new JcaContentSignerBuilder("SHA256withECDSA").build(authority)).getEncoded();
    String chain = Files.readString(file);
    replace(file, pem(leaf) + chain.substring(chain.lastIndexOf("-----BEGIN")));
  }

  private static Object read(Path file) throws Exception {
    try (PEMParser parser = new PEMParser(Files.newBufferedReader(file))) {
      return parser.readObject();
    }
  }

  private static String pem(byte[] certificate) {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate)
        + "\n-----END CERTIFICATE-----\n";
  }

  private static void replace(Path file, String text) throws Exception {
    Path fresh = Files.writeString(file.resolveSibling(".fresh"), text);
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
  }
}

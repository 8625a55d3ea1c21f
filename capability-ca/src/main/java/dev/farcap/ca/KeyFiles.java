package dev.farcap.ca;

import dev.farcap.capability.SigningKey;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.List;

/// Keys and certificates as PEM files, readable by openssl.
final class KeyFiles {
  private static final String PRIVATE_KEY = "PRIVATE KEY";
  private static final String CERTIFICATE = "CERTIFICATE";

  /// A key is 250 bytes; a chain of ten certificates 10 KiB.
  private static final int PEM_BYTES_MAX = 64 << 10;

  private KeyFiles() {}

  static void write(Path file, SigningKey key) throws CaException {
    SafeFiles.writeSecret(file, Pem.encode(PRIVATE_KEY, key.toPkcs8()));
  }

  static void write(Path file, PrivateKey key) throws CaException {
    SafeFiles.writeSecret(file, Pem.encode(PRIVATE_KEY, key.getEncoded()));
  }

  static void write(Path file, List<X509Certificate> chain) throws CaException {
    StringBuilder text = new StringBuilder();
    for (X509Certificate certificate : chain) {
      text.append(Pem.encode(CERTIFICATE, encoded(certificate)));
    }
    SafeFiles.writePublic(file, text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("certificate cannot be encoded", e);
    }
  }

  static SigningKey readSigningKey(Path file) throws CaException {
    try {
      return SigningKey.ofPkcs8(readPrivate(file));
    } catch (IllegalArgumentException e) {
      throw new CaException(file + " is no Ed25519 private key: " + e.getMessage());
    }
  }

  static PrivateKey readEcKey(Path file) throws CaException {
    try {
      return KeyFactory.getInstance("EC")
          .generatePrivate(new PKCS8EncodedKeySpec(readPrivate(file)));
    } catch (IllegalArgumentException e) {
      throw new CaException(file + " is no ECDSA private key: " + e.getMessage());
    } catch (GeneralSecurityException _) {
      // Without the cause: it might quote the content.
      throw new CaException(file + " is no ECDSA private key in PKCS #8");
    }
  }

  private static byte[] readPrivate(Path file) throws CaException {
    return Pem.decode(PRIVATE_KEY, SafeFiles.readSecret(file, PEM_BYTES_MAX)).getFirst();
  }

  /// At least one certificate, in the order of the file.
  static List<X509Certificate> readChain(Path file) throws CaException {
    String text = new String(SafeFiles.read(file, PEM_BYTES_MAX), StandardCharsets.US_ASCII);
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      List<X509Certificate> chain = new ArrayList<>();
      for (byte[] der : Pem.decode(CERTIFICATE, text)) {
        chain.add((X509Certificate) factory.generateCertificate(new ByteArrayInputStream(der)));
      }
      return List.copyOf(chain);
    } catch (IllegalArgumentException | GeneralSecurityException e) {
      throw new CaException(file + " is no certificate chain in PEM: " + e.getMessage(), e);
    }
  }

  /// Whether both are halves of one ECDSA key.
  static boolean belongTogether(PrivateKey privateKey, PublicKey publicKey) {
    try {
      byte[] probe = "farcap".getBytes(StandardCharsets.US_ASCII);
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(privateKey);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(publicKey);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException _) {
      return false;
    }
  }
}

package dev.farcap.deploy;

import com.google.protobuf.ByteString;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.Token;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;

/// A file about who may do what. Private keys are never read further than to their name.
sealed interface CapFile {
  /// A grant, perhaps damaged.
  record OfToken(ByteString bytes) implements CapFile {}

  /// Certificates in PEM, the first one first.
  record OfCertificates(List<X509Certificate> chain) implements CapFile {}

  /// A trust bundle.
  record OfBundle(SignedBundle bundle) implements CapFile {}

  /// Longer than any of them.
  int BYTES_MAX = 256 << 10;

  /// Reads a file by what is in it, not by its name.
  ///
  /// @throws CommandException if it is none of these
  static CapFile read(Path file) throws IOException {
    byte[] bytes = bytes(file);
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    if (text.contains("PRIVATE KEY")) {
      throw new CommandException(
          ExitCode.FAILED, file + " holds a private key, which is never shown");
    }
    if (text.contains("-----BEGIN CERTIFICATE-----")) {
      return new OfCertificates(certificates(file, bytes));
    }
    try {
      return new OfBundle(SignedBundle.parse(bytes));
    } catch (IllegalArgumentException noBundle) {
      return token(file, bytes, noBundle);
    }
  }

  private static CapFile token(Path file, byte[] bytes, IllegalArgumentException noBundle) {
    try {
      return new OfToken(ByteString.copyFrom(Token.parse(bytes).bytes()));
    } catch (IllegalArgumentException noToken) {
      if (file.toString().endsWith(".grant")) {
        return new OfToken(ByteString.copyFrom(bytes));
      }
      throw new CommandException(
          ExitCode.FAILED,
          "%s is no certificate, no grant (%s) and no trust bundle (%s)"
              .formatted(file, noToken.getMessage(), noBundle.getMessage()));
    }
  }

  private static byte[] bytes(Path file) throws IOException {
    try (InputStream input = InputFile.open(file)) {
      return input.readNBytes(BYTES_MAX);
    }
  }

  private static List<X509Certificate> certificates(Path file, byte[] pem) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(pem))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (CertificateException e) {
      throw new CommandException(
          ExitCode.FAILED, file + " holds no readable certificate: " + e.getMessage());
    }
  }
}

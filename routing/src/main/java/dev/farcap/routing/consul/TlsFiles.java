package dev.farcap.routing.consul;

import dev.farcap.routing.consul.ConsulConfig.Tls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// What TLS towards Consul is made of.
///
/// @param context proves this process, if it has a certificate
/// @param trust judges Consul's
record TlsFiles(SSLContext context, X509TrustManager trust) {
  private static final int BYTES_MAX = 256 << 10;
  private static final Pattern PKCS8 =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----");
  private static final char[] NO_PASSWORD = new char[0];

  /// Reads the files.
  ///
  /// @throws ConsulFailure naming the one that cannot be used
  static TlsFiles read(Tls tls) throws ConsulFailure {
    try {
      X509TrustManager trust = trust(tls.authorities());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(tls), new X509TrustManager[] {trust}, null);
      return new TlsFiles(context, trust);
    } catch (GeneralSecurityException | IOException e) {
      throw e instanceof ConsulFailure own
          ? own
          : new ConsulFailure("TLS towards Consul: " + e.getMessage(), false, e);
    }
  }

  private static X509TrustManager trust(@Nullable Path authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = null;
    if (authorities != null) {
      store = KeyStore.getInstance("PKCS12");
      store.load(null, NO_PASSWORD);
      for (Certificate authority : certificates(authorities)) {
        store.setCertificateEntry("authority-" + store.size(), authority);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }

  private static KeyManager @Nullable [] keys(Tls tls)
      throws GeneralSecurityException, IOException {
    if (tls.certificate() == null || tls.key() == null) {
      return null;
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, NO_PASSWORD);
    store.setKeyEntry(
        "own",
        key(tls.key()),
        NO_PASSWORD,
        certificates(tls.certificate()).toArray(Certificate[]::new));
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static Collection<? extends Certificate> certificates(Path file) throws ConsulFailure {
    try {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
      if (found.isEmpty()) {
        throw new GeneralSecurityException("it is empty");
      }
      return found;
    } catch (GeneralSecurityException | IOException e) {
      throw new ConsulFailure(file + " holds no certificates in PEM: " + e.getMessage(), false, e);
    }
  }

  private static PrivateKey key(Path file) throws ConsulFailure {
    String text = new String(SecretFile.read(file, BYTES_MAX), StandardCharsets.US_ASCII);
    Matcher pem = PKCS8.matcher(text);
    if (pem.find()) {
      byte[] der = Base64.getMimeDecoder().decode(pem.group(1));
      for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
        try {
          return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
        } catch (InvalidKeySpecException _) {
          // Of another algorithm.
        } catch (GeneralSecurityException e) {
          throw new ConsulFailure(file + " cannot be used: " + e.getMessage(), false, e);
        }
      }
    }
    throw new ConsulFailure(
        "%s is no private key in PKCS #8: openssl pkcs8 -topk8 -nodes -in %s makes one of it"
            .formatted(file, file),
        false,
        null);
  }
}

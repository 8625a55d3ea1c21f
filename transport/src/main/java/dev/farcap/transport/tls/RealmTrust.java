package dev.farcap.transport.tls;

import io.netty.handler.ssl.OpenSslCertificateException;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/// Believes chains that lead to an authority of the realm, by the JDK's path validation (RFC 5280),
/// whatever their names.
///
/// A chain that does not is refused by the alert `unknown_ca`: left to itself the TLS library would
/// report an internal error, and the peer's operator would look in the wrong place.
public final class RealmTrust extends X509ExtendedTrustManager {
  /// Causes looked at; a chain of them could be a ring.
  private static final int CAUSES_MAX = 16;

  /// `X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY` of `x509_vfy.h`: a number, so that QUIC, which
  /// has a TLS library of its own, does not need this one's.
  private static final int NO_ISSUER = 20;

  private final X509ExtendedTrustManager paths;
  private final Listener listener;

  /// Hears what becomes of chains, where the TLS library does not tell.
  public interface Listener {
    /// A chain was looked at.
    ///
    /// @param refusal why it is not believed, null if it is
    void judged(SSLEngine engine, @Nullable CertificateException refusal);
  }

  private RealmTrust(X509ExtendedTrustManager paths, Listener listener) {
    this.paths = paths;
    this.listener = listener;
  }

  /// @throws SSLException if an anchor cannot be used
  static RealmTrust of(List<X509Certificate> anchors) throws SSLException {
    return of(anchors, (_, _) -> {});
  }

  /// Trust in the chains that lead to an anchor.
  ///
  /// @throws SSLException if an anchor cannot be used
  public static RealmTrust of(List<X509Certificate> anchors, Listener listener)
      throws SSLException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      for (int i = 0; i < anchors.size(); i++) {
        store.setCertificateEntry("anchor " + i, anchors.get(i));
      }
      TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
      factory.init(store);
      for (TrustManager found : factory.getTrustManagers()) {
        if (found instanceof X509ExtendedTrustManager paths) {
          return new RealmTrust(paths, listener);
        }
      }
      throw new SSLException("this Java has no PKIX trust manager");
    } catch (GeneralSecurityException | IOException unusable) {
      throw new SSLException("trust anchors cannot be used: " + unusable.getMessage(), unusable);
    }
  }

  private interface Check {
    void run() throws CertificateException;
  }

  private static void check(Check check) throws CertificateException {
    try {
      check.run();
    } catch (CertificateException untrusted) {
      throw refusal(untrusted);
    }
  }

  private void check(SSLEngine engine, Check check) throws CertificateException {
    try {
      check(check);
      listener.judged(engine, null);
    } catch (CertificateException untrusted) {
      listener.judged(engine, untrusted);
      throw untrusted;
    }
  }

  private static CertificateException refusal(CertificateException untrusted) {
    int depth = 0;
    for (Throwable at = untrusted; at != null && depth < CAUSES_MAX; at = at.getCause(), depth++) {
      if (at instanceof CertificateExpiredException expired) {
        return expired;
      }
      if (at instanceof CertificateNotYetValidException early) {
        return early;
      }
    }
    return new OpenSslCertificateException(untrusted.getMessage(), NO_ISSUER);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(engine, () -> paths.checkClientTrusted(chain, type, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    check(engine, () -> paths.checkServerTrusted(chain, type, engine));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(() -> paths.checkClientTrusted(chain, type, socket));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    check(() -> paths.checkServerTrusted(chain, type, socket));
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(() -> paths.checkClientTrusted(chain, type));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    check(() -> paths.checkServerTrusted(chain, type));
  }

  /// None are announced: a peer of another realm then sends its certificate all the same and is
  /// refused by name, instead of seeming to have none.
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}

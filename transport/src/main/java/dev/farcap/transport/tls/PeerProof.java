package dev.farcap.transport.tls;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What a peer must have proven once its TLS handshake is done. May be used by any loop.
///
/// @param protocol the only one by ALPN
/// @param policy asked about the peer's certificates
public record PeerProof(String protocol, ConnectionPolicy policy) {
  private static final Logger log = LoggerFactory.getLogger(PeerProof.class);

  /// Asks the policy; to be called once after each handshake.
  ///
  /// @param tls whose handshake is done
  /// @return who the peer is
  /// @throws ConnectionRefusedException with a reason in plain words
  public Principal admit(SSLEngine tls) throws ConnectionRefusedException {
    if (!protocol.equals(tls.getApplicationProtocol())) {
      throw new ConnectionRefusedException("the peer does not speak " + protocol);
    }
    try {
      return policy.admit(chain(tls));
    } catch (SSLPeerUnverifiedException _) {
      throw new ConnectionRefusedException("the peer has no certificate");
    } catch (RuntimeException mistake) {
      log.error("admission of a peer failed", mistake);
      throw new ConnectionRefusedException("a mistake at this end: " + mistake);
    }
  }

  private static List<X509Certificate> chain(SSLEngine tls) throws SSLPeerUnverifiedException {
    Certificate[] certificates = tls.getSession().getPeerCertificates();
    return Arrays.stream(certificates).map(X509Certificate.class::cast).toList();
  }
}

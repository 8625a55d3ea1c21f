package dev.farcap.transport.quic;

import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import io.netty.handler.codec.quic.QuicChannel;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Asks the policy about a peer whose handshake is done.
final class QuicAdmission {
  private static final Logger log = LoggerFactory.getLogger(QuicAdmission.class);

  private QuicAdmission() {}

  /// @return who the peer is
  /// @throws ConnectionRefusedException with a reason in plain words
  static Principal admit(QuicChannel channel, ConnectionPolicy policy)
      throws ConnectionRefusedException {
    SSLEngine tls = channel.sslEngine();
    if (tls == null || !QuicSettings.PROTOCOL.equals(tls.getApplicationProtocol())) {
      throw new ConnectionRefusedException("the peer does not speak " + QuicSettings.PROTOCOL);
    }
    if (!QuicContexts.isBelieved(tls)) {
      throw new ConnectionRefusedException("the peer resumed a session, instead of proving itself");
    }
    try {
      return policy.admit(chain(tls));
    } catch (SSLPeerUnverifiedException _) {
      throw new ConnectionRefusedException("the peer has no certificate");
    } catch (RuntimeException mistake) {
      log.error("admission of {} failed", channel.remoteSocketAddress(), mistake);
      throw new ConnectionRefusedException("a mistake at this end: " + mistake);
    }
  }

  private static List<X509Certificate> chain(SSLEngine tls) throws SSLPeerUnverifiedException {
    Certificate[] certificates = tls.getSession().getPeerCertificates();
    return Arrays.stream(certificates).map(X509Certificate.class::cast).toList();
  }
}

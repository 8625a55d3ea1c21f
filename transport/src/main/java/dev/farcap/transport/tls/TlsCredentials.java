package dev.farcap.transport.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/// What this side proves itself with, and whom it believes.
///
/// Given to a [TlsMedium] by a supplier that is asked at each new connection: replacing what it
/// supplies rotates the credentials without a restart; connections made stay as they are. Equal
/// credentials are prepared once.
///
/// @param key of the leaf, exportable; P-256 (Ed25519 is not taken by the TLS library)
/// @param chain the leaf first, then what leads to an anchor, without the anchor
/// @param anchors certificates of the authorities of the realm's trust bundle, at least one
public record TlsCredentials(
    PrivateKey key, List<X509Certificate> chain, List<X509Certificate> anchors) {

  /// @throws IllegalArgumentException naming what is missing
  public TlsCredentials {
    chain = List.copyOf(chain);
    anchors = List.copyOf(anchors);
    if (chain.isEmpty()) {
      throw new IllegalArgumentException("credentials have no certificate");
    }
    if (anchors.isEmpty()) {
      throw new IllegalArgumentException("credentials have no trust anchor");
    }
  }

  /// Names the leaf only; never the key.
  @Override
  public String toString() {
    return "TlsCredentials[" + chain.getFirst().getSubjectX500Principal() + "]";
  }
}

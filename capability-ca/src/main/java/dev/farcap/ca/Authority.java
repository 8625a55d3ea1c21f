package dev.farcap.ca;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;

/// The realm's key that issues certificates. Prints without it.
///
/// @param certificate the authority's own
/// @param privateKey ECDSA P-256
record Authority(X509Certificate certificate, PrivateKey privateKey) {
  /// Only the public part.
  @Override
  public String toString() {
    return certificate.getSubjectX500Principal().getName();
  }
}

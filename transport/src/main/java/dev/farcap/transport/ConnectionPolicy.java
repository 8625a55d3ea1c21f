package dev.farcap.transport;

import java.security.cert.X509Certificate;
import java.util.List;

/// Says who a peer is, or that it may not connect.
///
/// Asked at every connection after the handshake and before the first frame, never only in a trust
/// manager: TLS resumption would skip that one.
@FunctionalInterface
public interface ConnectionPolicy {
  /// Checks the certificates a peer has proven to own.
  ///
  /// @param chain leaf first, at least one
  /// @return who it is
  /// @throws ConnectionRefusedException if it may not connect
  Principal admit(List<X509Certificate> chain) throws ConnectionRefusedException;
}

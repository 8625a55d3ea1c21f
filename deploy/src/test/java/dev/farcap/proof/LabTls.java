package dev.farcap.proof;

import dev.farcap.ca.HolderCredentials;
import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsMedium;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/// TLS, alone and in QUIC, as a host of the realm speaks it.
final class LabTls {
  private LabTls() {}

  /// @param folder credentials as issued
  static TlsMedium medium(Path folder) throws Exception {
    HolderCredentials held = HolderCredentials.load(folder, Instant.now());
    TlsCredentials credentials = credentials(held);
    return new TlsMedium(
        () -> credentials, policy(held), new TransportCounters(), TlsConfig.DEFAULT);
  }

  /// @param folder credentials as issued
  static QuicMedium quic(Path folder) throws Exception {
    HolderCredentials held = HolderCredentials.load(folder, Instant.now());
    TlsCredentials credentials = credentials(held);
    return new QuicMedium(
        () -> credentials, policy(held), new TransportCounters(), QuicConfig.DEFAULT);
  }

  private static TlsCredentials credentials(HolderCredentials held) {
    return new TlsCredentials(
        held.leafKey(), List.of(held.chain().getFirst()), held.anchors(Instant.now()));
  }

  private static ConnectionPolicy policy(HolderCredentials held) {
    return chain ->
        switch (CertificatePolicy.check(chain, held.bundle().bundle(), Instant.now())) {
          case Admission.Admitted(var peer) ->
              new Principal(
                  peer.identity().toString(), peer.holderKey().hex(), peer.certificateExpires());
          case Admission.Refused refused ->
              throw new ConnectionRefusedException(refused.toString());
        };
  }
}

package dev.farcap.proof;

import dev.farcap.ca.HolderCredentials;
import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Medium;
import dev.farcap.transport.Principal;
import dev.farcap.transport.TransportCounters;
import dev.farcap.transport.nic.NicCounters;
import dev.farcap.transport.nic.NicMedium;
import dev.farcap.transport.quic.Datagrams;
import dev.farcap.transport.quic.QuicConfig;
import dev.farcap.transport.quic.QuicMedium;
import dev.farcap.transport.shm.ShmConfig;
import dev.farcap.transport.shm.ShmMedium;
import dev.farcap.transport.tls.TlsConfig;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsMedium;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/// What a link of the laboratory runs over, as a host of the realm uses it.
enum LabMedium {
  TLS,
  QUIC,
  NIC,
  SHM;

  /// @param folder credentials as issued
  Medium of(Path folder) throws Exception {
    HolderCredentials held = HolderCredentials.load(folder, Instant.now());
    TlsCredentials own = credentials(held);
    ConnectionPolicy policy = policy(held);
    TransportCounters counters = new TransportCounters();
    return switch (this) {
      case TLS -> new TlsMedium(() -> own, policy, counters, TlsConfig.DEFAULT);
      case QUIC -> new QuicMedium(() -> own, policy, counters, QuicConfig.DEFAULT);
      case NIC -> new NicMedium(() -> own, policy, counters, new NicCounters(), QuicConfig.DEFAULT);
      case SHM -> new ShmMedium(() -> own, policy, counters, ShmConfig.DEFAULT);
    };
  }

  /// QUIC over packets of the test's own.
  ///
  /// @param folder credentials as issued
  static Medium quic(Path folder, QuicConfig config, Datagrams datagrams) throws Exception {
    HolderCredentials held = HolderCredentials.load(folder, Instant.now());
    TlsCredentials own = credentials(held);
    return new QuicMedium(() -> own, policy(held), new TransportCounters(), config, datagrams);
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

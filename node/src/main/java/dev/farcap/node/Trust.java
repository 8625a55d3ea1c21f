package dev.farcap.node;

import dev.farcap.ca.BundleState;
import dev.farcap.ca.CaException;
import dev.farcap.ca.HolderCredentials;
import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.TrustBundle;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Peer;
import dev.farcap.transport.ConnectionPolicy;
import dev.farcap.transport.ConnectionRefusedException;
import dev.farcap.transport.Principal;
import dev.farcap.transport.tls.TlsCredentials;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Who this process is, and whom it believes.
///
/// The credentials may be replaced while it runs, by newer ones of the same identity and holder
/// key: new connections use them, those made stay as they are. Any thread.
final class Trust implements ConnectionPolicy {
  private static final Logger LOG = LoggerFactory.getLogger(Trust.class);

  private final NodeConfig config;
  private final BundleState state;
  private final InstantSource clock;
  private volatile HolderCredentials credentials;
  private volatile SignedBundle bundle;

  private Trust(
      NodeConfig config,
      BundleState state,
      InstantSource clock,
      HolderCredentials credentials,
      SignedBundle bundle) {
    this.config = config;
    this.state = state;
    this.clock = clock;
    this.credentials = credentials;
    this.bundle = bundle;
  }

  /// Reads the credentials and accepts their trust bundle.
  ///
  /// @throws CaException if they cannot be used, or the bundle is not to be believed
  static Trust load(NodeConfig config, InstantSource clock) throws CaException {
    HolderCredentials credentials = HolderCredentials.load(config.identity(), clock.instant());
    BundleState state = BundleState.open(config.state());
    SignedBundle bundle = state.accept(credentials.bundle(), config.trustBundle());
    return new Trust(config, state, clock, credentials, bundle);
  }

  /// Reads the credentials again; what cannot be used is logged and not taken over.
  synchronized void reload() {
    try {
      HolderCredentials read = HolderCredentials.load(config.identity(), clock.instant());
      if (!read.identity().equals(identity()) || !read.self().holderKey().equals(holderKey())) {
        LOG.warn("{}: is now {}: restart to become that", config.identity(), read);
        return;
      }
      bundle = state.accept(read.bundle(), config.trustBundle());
      credentials = read;
      LOG.info(
          "{}: taken over, certificate until {}, {}",
          config.identity(),
          read.self().certificateExpires(),
          bundle);
    } catch (CaException e) {
      LOG.warn("credentials stay as they are: {}", e.getMessage());
    }
  }

  /// Believes a bundle that the directory brought, if it follows the one that is believed.
  ///
  /// @throws CaException if it contradicts that one
  synchronized void follow(SignedBundle brought) throws CaException {
    if (state.follow(brought)) {
      bundle = brought;
      LOG.info("brought by the directory and believed: {}", brought);
    }
  }

  Identity identity() {
    return credentials.identity();
  }

  KeyId holderKey() {
    return credentials.self().holderKey();
  }

  Instant certificateExpires() {
    return credentials.self().certificateExpires();
  }

  TrustBundle bundle() {
    return bundle.bundle();
  }

  /// The bundle with its hash, both of the same.
  SignedBundle signedBundle() {
    return bundle;
  }

  /// What TLS proves itself with at the next connection.
  TlsCredentials tls() {
    HolderCredentials present = credentials;
    return new TlsCredentials(
        present.leafKey(),
        List.of(present.chain().getFirst()),
        bundle.bundle().authorities(clock.instant()));
  }

  @Override
  public Principal admit(List<X509Certificate> chain) throws ConnectionRefusedException {
    return switch (CertificatePolicy.check(chain, bundle.bundle(), clock.instant())) {
      case Admission.Admitted(Peer peer) ->
          new Principal(
              peer.identity().toString(), peer.holderKey().hex(), peer.certificateExpires());
      case Admission.Refused refused -> throw new ConnectionRefusedException(refused.toString());
    };
  }
}

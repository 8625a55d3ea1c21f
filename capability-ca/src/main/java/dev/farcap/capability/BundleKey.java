package dev.farcap.capability;

import dev.farcap.session.KeyId;
import java.security.cert.X509Certificate;
import java.time.Instant;

/// A key of a realm, and what it may vouch for.
///
/// @param usage what for
/// @param state whether it does
/// @param notBefore the first instant at which it does
/// @param expires the first instant at which it no longer does
/// @param material the public key; it fixes the algorithm, nothing that is signed does
public record BundleKey(
    Usage usage, State state, Instant notBefore, Instant expires, Material material) {
  /// What a key is for; each key has one.
  public enum Usage {
    /// TLS certificates.
    TLS_CA,
    /// First blocks of grants.
    CAP_ISSUE,
    /// Revocation lists.
    REVOKE,
    /// Trust bundles.
    BUNDLE,
    /// Rules and provider identities.
    DIRECTORY
  }

  /// Where a key is in its life.
  public enum State {
    /// Announced: nothing it signed counts yet.
    PENDING,
    /// Signs, and what it signed counts.
    ACTIVE,
    /// Signs no more; what it signed counts until it runs out.
    RETIRING,
    /// Perhaps in wrong hands: nothing it signed counts.
    TAINTED,
    /// In wrong hands: nothing it signed counts.
    REVOKED
  }

  /// The public key by algorithm.
  public sealed interface Material {
    /// Of every usage but TLS_CA.
    record Ed25519(VerifyingKey key) implements Material {}

    /// Of TLS_CA: the CA's own certificate.
    record EcdsaP256(X509Certificate authority) implements Material {}
  }

  /// @throws IllegalArgumentException if usage and algorithm do not fit, or it ends before it
  ///   starts
  public BundleKey {
    if ((usage == Usage.TLS_CA) != (material instanceof Material.EcdsaP256)) {
      throw new IllegalArgumentException("a key of usage " + usage + " has the wrong algorithm");
    }
    if (!notBefore.isBefore(expires)) {
      throw new IllegalArgumentException(
          "bundle key expires at " + expires + ", not after its start at " + notBefore);
    }
  }

  /// Its name.
  public KeyId id() {
    return switch (material) {
      case Material.Ed25519(VerifyingKey key) -> key.id();
      case Material.EcdsaP256(X509Certificate authority) ->
          KeyId.of(Digest.sha256(Digest.KEY_CONTEXT, authority.getPublicKey().getEncoded()));
    };
  }

  /// Whether what it signed counts at that time.
  public boolean vouchesAt(Instant now) {
    boolean trusted =
        switch (state) {
          case ACTIVE, RETIRING -> true;
          case PENDING, TAINTED, REVOKED -> false;
        };
    return trusted && !now.isBefore(notBefore) && now.isBefore(expires);
  }
}

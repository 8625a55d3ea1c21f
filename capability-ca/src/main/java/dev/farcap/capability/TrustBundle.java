package dev.farcap.capability;

import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The keys of a realm at one moment of its life. Bundles of different realms are never merged.
///
/// @param realm whose
/// @param number counts from 1; a verifier never goes back
/// @param previous SHA-256 of the signed bundle before, 64 hexadecimal digits, or empty in the
///   first
/// @param issued when it was signed, in whole milliseconds
/// @param keys 1..[#KEYS_MAX], each id once
public record TrustBundle(
    String realm, long number, String previous, Instant issued, List<BundleKey> keys) {
  /// Room for several rotations of every usage at once.
  public static final int KEYS_MAX = 64;

  /// @throws IllegalArgumentException naming the part and the rule it breaks
  public TrustBundle {
    keys = List.copyOf(keys);
    // A realm is well spelt if an identity can be in it.
    realm = new Identity(realm, "a").realm();
    if (number < 1 || (number == 1) != previous.isEmpty()) {
      throw new IllegalArgumentException(
          "bundle number "
              + number
              + (previous.isEmpty() ? " names no" : " names a")
              + " previous");
    }
    if (keys.isEmpty() || keys.size() > KEYS_MAX) {
      throw new IllegalArgumentException(
          "bundle has " + keys.size() + " keys, expected 1.." + KEYS_MAX);
    }
    Set<KeyId> ids = new HashSet<>();
    for (BundleKey key : keys) {
      if (!ids.add(key.id())) {
        throw new IllegalArgumentException("bundle lists key " + key.id() + " twice");
      }
    }
  }

  /// The key of that name.
  public Optional<BundleKey> key(KeyId id) {
    return keys.stream().filter(key -> key.id().equals(id)).findFirst();
  }

  /// The keys that vouch for TLS certificates at that time, as the certificates of their CA.
  public List<X509Certificate> authorities(Instant now) {
    return keys.stream()
        .filter(key -> key.vouchesAt(now))
        .map(BundleKey::material)
        .filter(BundleKey.Material.EcdsaP256.class::isInstance)
        .map(material -> ((BundleKey.Material.EcdsaP256) material).authority())
        .toList();
  }

  /// The time to judge by: no clock behind the bundle's own is trusted.
  public Instant trusted(Instant clock) {
    return clock.isBefore(issued) ? issued : clock;
  }
}

package dev.farcap.ca;

import dev.farcap.capability.BundleKey;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.SigningKey;
import dev.farcap.capability.TrustBundle;
import dev.farcap.session.Identity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;

/// The making of a realm: one key per usage, all ACTIVE, and bundle number 1.
final class NewRealm {
  /// Of the realm's own keys: longer than anybody plans without a rotation.
  static final Duration KEY_LIFE = Duration.ofDays(3650);

  /// What is issued holds a little earlier than now: hosts' clocks differ.
  static final Duration CLOCK_SKEW = Duration.ofMinutes(5);

  private final SecureRandom random = new SecureRandom();
  private final String realm;
  private final Path folder;
  private final Instant now;

  private NewRealm(String realm, Path folder, Instant now) {
    this.realm = realm;
    this.folder = folder;
    this.now = now.truncatedTo(ChronoUnit.SECONDS);
  }

  /// Writes keys and bundle into a new or empty folder.
  static SignedBundle make(String realm, Path folder, Instant now) throws CaException {
    checkName(realm);
    requireEmpty(folder);
    SafeFiles.makeFolder(folder);
    return new NewRealm(realm, folder, now).make();
  }

  private static void checkName(String realm) throws CaException {
    try {
      new Identity(realm, "a");
    } catch (IllegalArgumentException e) {
      throw new CaException("'" + realm + "' is no name of a realm: " + e.getMessage(), e);
    }
    if (realm.endsWith(".")) {
      // Java reads the realm as the host of a URI, and such a host as malformed.
      throw new CaException("'" + realm + "' is no name of a realm: it ends with '.'");
    }
  }

  private static void requireEmpty(Path folder) throws CaException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      if (entries.findAny().isPresent()) {
        throw new CaException(
            folder + " is not empty: a realm is made in a new folder, never over another");
      }
    } catch (IOException e) {
      throw new CaException(folder + " cannot be used as a folder: " + e, e);
    }
  }

  private SignedBundle make() throws CaException {
    SigningKey bundler = makeKey(BundleKey.Usage.BUNDLE);
    List<BundleKey> keys =
        List.of(
            makeAuthority(),
            active(BundleKey.Usage.CAP_ISSUE, makeKey(BundleKey.Usage.CAP_ISSUE)),
            active(BundleKey.Usage.REVOKE, makeKey(BundleKey.Usage.REVOKE)),
            active(BundleKey.Usage.BUNDLE, bundler),
            active(BundleKey.Usage.DIRECTORY, makeKey(BundleKey.Usage.DIRECTORY)));
    SignedBundle bundle =
        SignedBundle.sign(new TrustBundle(realm, 1, "", now, keys), List.of(bundler));
    // Last, so that a folder with a bundle is complete.
    SafeFiles.writePublic(folder.resolve(HolderCredentials.BUNDLE_FILE), bundle.bytes());
    return bundle;
  }

  private SigningKey makeKey(BundleKey.Usage usage) throws CaException {
    SigningKey key = SigningKey.generate(random);
    KeyFiles.write(keyFile(folder, usage), key);
    return key;
  }

  private BundleKey makeAuthority() throws CaException {
    Certificates certificates = new Certificates(random);
    KeyPair keys = certificates.generateKeyPair();
    KeyFiles.write(keyFile(folder, BundleKey.Usage.TLS_CA), keys.getPrivate());
    return active(
        BundleKey.Usage.TLS_CA,
        new BundleKey.Material.EcdsaP256(
            certificates.authority(realm, keys, now.minus(CLOCK_SKEW), now.plus(KEY_LIFE))));
  }

  private BundleKey active(BundleKey.Usage usage, SigningKey key) {
    return active(usage, new BundleKey.Material.Ed25519(key.verifyingKey()));
  }

  private BundleKey active(BundleKey.Usage usage, BundleKey.Material material) {
    return new BundleKey(
        usage, BundleKey.State.ACTIVE, now.minus(CLOCK_SKEW), now.plus(KEY_LIFE), material);
  }

  /// Where the private key of a usage lies.
  static Path keyFile(Path folder, BundleKey.Usage usage) {
    return folder.resolve(
        switch (usage) {
          case TLS_CA -> "tls-ca.key";
          case CAP_ISSUE -> "cap-issue.key";
          case REVOKE -> "revoke.key";
          case BUNDLE -> "bundle.key";
          case DIRECTORY -> "directory.key";
        });
  }
}

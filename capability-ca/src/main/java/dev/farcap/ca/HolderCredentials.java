package dev.farcap.ca;

import dev.farcap.capability.CertificatePolicy;
import dev.farcap.capability.CertificatePolicy.Admission;
import dev.farcap.capability.SignedBundle;
import dev.farcap.capability.SigningKey;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/// What a host proves itself by: the content of the folder that [RealmFolder#issue] wrote.
///
/// ```
/// holder.key    the long-lived Ed25519 key, mode 0600
/// leaf.key      the key of its certificate, ECDSA P-256, mode 0600
/// leaf.pem      its certificate, then the authority's
/// trust.bundle  the keys of its realm
/// ```
///
/// Prints without the private keys.
///
/// @param self who it is, as peers see it
/// @param holderKey signs for the host
/// @param leafKey for TLS
/// @param chain for TLS, leaf first
/// @param bundle as found in the folder; what is believed is [BundleState]'s word
public record HolderCredentials(
    Peer self,
    SigningKey holderKey,
    PrivateKey leafKey,
    List<X509Certificate> chain,
    SignedBundle bundle) {
  static final String HOLDER_KEY_FILE = "holder.key";
  static final String LEAF_KEY_FILE = "leaf.key";
  static final String CHAIN_FILE = "leaf.pem";

  /// Name of the file with the trust bundle.
  public static final String BUNDLE_FILE = "trust.bundle";

  /// All of them.
  static final String[] FILES = {HOLDER_KEY_FILE, LEAF_KEY_FILE, CHAIN_FILE, BUNDLE_FILE};

  /// Copies the list.
  public HolderCredentials {
    chain = List.copyOf(chain);
  }

  /// Reads the folder and checks that its parts belong together and hold now.
  ///
  /// @throws CaException naming the file, what is wrong with it and what to do
  public static HolderCredentials load(Path folder, Instant now) throws CaException {
    if (!Files.exists(folder.resolve(HOLDER_KEY_FILE))) {
      throw new CaException(
          folder
              + " holds no credentials (it has no "
              + HOLDER_KEY_FILE
              + "): bring the folder that 'farcap ca issue' wrote");
    }
    SigningKey holderKey = KeyFiles.readSigningKey(folder.resolve(HOLDER_KEY_FILE));
    PrivateKey leafKey = KeyFiles.readEcKey(folder.resolve(LEAF_KEY_FILE));
    Path chainFile = folder.resolve(CHAIN_FILE);
    List<X509Certificate> chain = KeyFiles.readChain(chainFile);
    SignedBundle bundle = readBundle(folder.resolve(BUNDLE_FILE));
    Peer self =
        switch (CertificatePolicy.check(chain, bundle.bundle(), now)) {
          case Admission.Admitted(Peer peer) -> peer;
          case Admission.Refused refused ->
              throw new CaException(
                  chainFile + " cannot be used, " + refused + ": issue the host anew");
        };
    if (!KeyFiles.belongTogether(leafKey, chain.getFirst().getPublicKey())) {
      throw new CaException(
          folder.resolve(LEAF_KEY_FILE) + " is not the key of the certificate in " + chainFile);
    }
    if (!self.holderKey().equals(holderKey.id())) {
      throw new CaException(
          folder.resolve(HOLDER_KEY_FILE) + " is not the key that " + chainFile + " names");
    }
    return new HolderCredentials(self, holderKey, leafKey, chain, bundle);
  }

  /// Reads a trust bundle.
  ///
  /// @throws CaException if the file is none; whether to believe it is [BundleState]'s word
  public static SignedBundle readBundle(Path file) throws CaException {
    try {
      return SignedBundle.parse(SafeFiles.read(file, SignedBundle.BYTES_MAX));
    } catch (IllegalArgumentException e) {
      throw new CaException(file + " is no trust bundle: " + e.getMessage(), e);
    }
  }

  /// The id of the holder key that a certificate names.
  static KeyId holderKeyId(Path chainFile) throws CaException {
    return CertificatePolicy.holderKeyId(KeyFiles.readChain(chainFile).getFirst())
        .orElseThrow(() -> new CaException(chainFile + " names no holder key"));
  }

  /// Its name.
  public Identity identity() {
    return self.identity();
  }

  /// The certificates that peers' leaves must be issued by at that time.
  public List<X509Certificate> anchors(Instant now) {
    return bundle.bundle().authorities(now);
  }

  /// Identity and holder key id.
  @Override
  public String toString() {
    return self.identity() + " with holder key " + holderKey.id();
  }
}

package dev.farcap.routing.consul;

import dev.farcap.capability.BundleKey;
import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.RevocationList;
import dev.farcap.capability.Routes;
import dev.farcap.capability.SigningKey;
import dev.farcap.capability.TrustBundle;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/// A realm with real keys.
final class SigningRealm implements DirectoryTrust {
  private static final SecureRandom RANDOM = new SecureRandom();

  final String name;
  final SigningKey directoryKey = SigningKey.generate(RANDOM);
  final SigningKey nextDirectoryKey = SigningKey.generate(RANDOM);
  final SigningKey revokeKey = SigningKey.generate(RANDOM);
  private volatile TrustBundle bundle;
  private volatile List<String> bundles = List.of();

  SigningRealm(String name) {
    this.name = name;
    bundle = bundle(State.ACTIVE);
  }

  private TrustBundle bundle(State state) {
    return new TrustBundle(
        name,
        1,
        "",
        Instant.now().minusSeconds(60).truncatedTo(ChronoUnit.MILLIS),
        List.of(
            key(directoryKey, Usage.DIRECTORY, state),
            key(nextDirectoryKey, Usage.DIRECTORY, State.ACTIVE),
            key(revokeKey, Usage.REVOKE, State.ACTIVE)));
  }

  private static BundleKey key(SigningKey key, Usage usage, State state) {
    return new BundleKey(
        usage,
        state,
        Instant.now().minus(Duration.ofDays(1)),
        Instant.now().plus(Duration.ofDays(1)),
        new BundleKey.Material.Ed25519(key.verifyingKey()));
  }

  /// The first DIRECTORY key may be in wrong hands.
  void taint() {
    bundle = bundle(State.TAINTED);
  }

  byte[] sign(long number, String text) {
    return sign(number, text, directoryKey);
  }

  byte[] sign(long number, String text, SigningKey key) {
    return new Routes(name, number, Instant.now().truncatedTo(ChronoUnit.MILLIS), text).sign(key);
  }

  /// The bundles that were brought last, as text.
  List<String> bundles() {
    return bundles;
  }

  @Override
  public SignedRoutes routes(byte[] signed) {
    Routes routes = Routes.open(signed, bundle, Instant.now());
    return new SignedRoutes(routes.number(), routes.text());
  }

  @Override
  public void bundles(List<byte[]> signed) {
    bundles = signed.stream().map(String::new).toList();
  }

  @Override
  public void revocations(byte[] signed) {
    var _ = RevocationList.open(signed, bundle, Instant.now());
  }
}

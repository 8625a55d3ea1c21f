package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.capability.BundleKey.Material;
import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.wire.Bundle;
import dev.farcap.capability.wire.BundleSignature;
import dev.farcap.capability.wire.KeyAlgorithm;
import dev.farcap.capability.wire.KeyState;
import dev.farcap.capability.wire.KeyUsage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class SignedBundleTest {
  private static final TestRealm REALM = new TestRealm("home");
  private static final SignedBundle FIRST = SignedBundle.sign(REALM.bundle, List.of(REALM.bundler));

  private static TrustBundle next(SigningKey bundler) {
    return new TrustBundle(
        "home",
        2,
        FIRST.sha256(),
        NOW,
        List.of(TestRealm.key(bundler, Usage.BUNDLE, State.ACTIVE)));
  }

  @Test
  void bundleReadsBackAsSigned() {
    TestCertificate authority = TestCertificate.authority("home CA");
    TrustBundle bundle =
        REALM.bundle(
            TestRealm.key(REALM.bundler, Usage.BUNDLE, State.ACTIVE),
            TestRealm.key(REALM.issuer, Usage.CAP_ISSUE, State.PENDING),
            TestRealm.key(REALM.revoker, Usage.REVOKE, State.RETIRING),
            TestRealm.key(REALM.holder, Usage.DIRECTORY, State.TAINTED),
            new BundleKey(
                Usage.TLS_CA,
                State.REVOKED,
                NOW,
                NOW.plus(DAY),
                new Material.EcdsaP256(authority.build())));

    SignedBundle signed = SignedBundle.sign(bundle, List.of(REALM.bundler));

    assertEquals(bundle, SignedBundle.parse(signed.bytes()).bundle());
    assertEquals(signed.sha256(), SignedBundle.parse(signed.bytes()).sha256());
  }

  @Test
  void everySingleBitFlipIsRefused() {
    byte[] bytes = FIRST.bytes();
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);

      assertThrows(IllegalArgumentException.class, () -> SignedBundle.parse(flipped), "bit " + bit);
    }
  }

  @Test
  void everyCutIsRefused() {
    byte[] bytes = FIRST.bytes();
    for (int length = 0; length < bytes.length; length++) {
      byte[] cut = Arrays.copyOf(bytes, length);
      assertThrows(IllegalArgumentException.class, () -> SignedBundle.parse(cut));
    }
  }

  @Test
  void bundleBeyondItsBoundIsRefused() {
    byte[] large = new byte[SignedBundle.BYTES_MAX + 1];

    assertThrows(IllegalArgumentException.class, () -> SignedBundle.parse(large));
  }

  @Test
  void bundleSignedByAKeyOfAnotherUsageIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> SignedBundle.sign(REALM.bundle, List.of(REALM.issuer)));
    assertThrows(IllegalArgumentException.class, () -> SignedBundle.sign(REALM.bundle, List.of()));
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"PENDING", "TAINTED", "REVOKED"})
  void bundleSignedByAKeyThatVouchesForNothingIsRefused(State state) {
    TrustBundle bundle = REALM.bundle(TestRealm.key(REALM.bundler, Usage.BUNDLE, state));

    assertThrows(
        IllegalArgumentException.class, () -> SignedBundle.sign(bundle, List.of(REALM.bundler)));
  }

  @Test
  void successorIsSignedByAKeyOfTheBundleBefore() {
    SigningKey fresh = SigningKey.generate(TestRealm.RANDOM);

    SignedBundle chained = SignedBundle.sign(next(fresh), List.of(fresh, REALM.bundler));
    SignedBundle unchained = SignedBundle.sign(next(fresh), List.of(fresh));

    assertTrue(chained.follows(FIRST));
    assertFalse(unchained.follows(FIRST));
    assertFalse(FIRST.follows(FIRST));
    assertFalse(chained.follows(chained));
  }

  @Test
  void successorNamesNumberAndHashOfTheBundleBefore() {
    TrustBundle right = next(REALM.bundler);
    TrustBundle otherHash =
        new TrustBundle("home", 2, "0".repeat(64), right.issued(), right.keys());
    TrustBundle gap = new TrustBundle("home", 3, FIRST.sha256(), right.issued(), right.keys());
    TrustBundle away = new TrustBundle("away", 2, FIRST.sha256(), right.issued(), right.keys());

    assertTrue(SignedBundle.sign(right, List.of(REALM.bundler)).follows(FIRST));
    for (TrustBundle wrong : List.of(otherHash, gap, away)) {
      assertFalse(SignedBundle.sign(wrong, List.of(REALM.bundler)).follows(FIRST));
    }
  }

  static Stream<Consumer<Bundle.Builder>> malformed() {
    return Stream.of(
        bundle -> bundle.setNumber(0),
        bundle -> bundle.setNumber(-1),
        bundle -> bundle.setNumber(2),
        bundle -> bundle.setPrevious(ByteString.copyFrom(new byte[32])),
        bundle -> bundle.setNumber(2).setPrevious(ByteString.copyFrom(new byte[31])),
        bundle -> bundle.setRealm("Home"),
        bundle -> bundle.clearRealm(),
        bundle -> bundle.clearIssuedMs(),
        bundle -> bundle.clearKind(),
        bundle -> bundle.setKindValue(2),
        bundle -> bundle.clearKeys(),
        bundle -> bundle.addKeys(bundle.getKeys(0)),
        bundle -> bundle.addAllKeys(Collections.nCopies(64, bundle.getKeys(0))),
        bundle -> bundle.getKeysBuilder(0).setId(bundle.getKeys(1).getId()),
        bundle -> bundle.getKeysBuilder(0).setKey(bundle.getKeys(1).getKey()),
        bundle -> bundle.getKeysBuilder(0).setKey(ByteString.copyFrom(new byte[32])),
        bundle -> bundle.getKeysBuilder(0).setUsage(KeyUsage.KEY_USAGE_UNSPECIFIED),
        bundle -> bundle.getKeysBuilder(0).setUsage(KeyUsage.KEY_USAGE_TLS_CA),
        bundle -> bundle.getKeysBuilder(0).setUsageValue(9),
        bundle -> bundle.getKeysBuilder(0).setState(KeyState.KEY_STATE_UNSPECIFIED),
        bundle -> bundle.getKeysBuilder(0).setStateValue(9),
        bundle -> bundle.getKeysBuilder(0).setAlgorithm(KeyAlgorithm.KEY_ALGORITHM_UNSPECIFIED),
        bundle -> bundle.getKeysBuilder(0).setAlgorithm(KeyAlgorithm.KEY_ALGORITHM_ECDSA_P256),
        bundle -> bundle.getKeysBuilder(0).setAlgorithmValue(9),
        bundle -> bundle.getKeysBuilder(0).setExpiresMs(1));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void malformedBundleIsRefusedThoughProperlySigned(Consumer<Bundle.Builder> change)
      throws IOException {
    Bundle.Builder bundle = Bundle.parseFrom(BundleCodec.encode(REALM.bundle)).toBuilder();
    change.accept(bundle);
    byte[] payload = bundle.build().toByteArray();
    byte[] signed =
        dev.farcap.capability.wire.SignedBundle.newBuilder()
            .setPayload(ByteString.copyFrom(payload))
            .addSignatures(
                BundleSignature.newBuilder()
                    .setKey(ByteString.copyFrom(REALM.bundler.id().bytes()))
                    .setSignature(ByteString.copyFrom(REALM.bundler.sign(Role.BUNDLE, payload))))
            .build()
            .toByteArray();

    assertThrows(IllegalArgumentException.class, () -> SignedBundle.parse(signed));
  }

  @Test
  void grantSigningKeyCannotBeOfAnotherAlgorithm() {
    Material ecdsa = new Material.EcdsaP256(TestCertificate.authority("x").build());

    assertThrows(
        IllegalArgumentException.class,
        () -> new BundleKey(Usage.CAP_ISSUE, State.ACTIVE, NOW, NOW.plus(DAY), ecdsa));
    assertThrows(
        IllegalArgumentException.class,
        () -> TestRealm.key(REALM.issuer, Usage.TLS_CA, State.ACTIVE));
  }
}

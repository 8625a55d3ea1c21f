package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Realm, keys, time and holder of a token.
class VerifierTest {
  private final TestRealm realm = new TestRealm("home");

  private Verdict verifyAt(Instant now) {
    return Verifier.verify(
        realm.token().bytes(), new Verifier.Context(now, realm.bundle, realm.holder.id()));
  }

  private Verdict verifyBy(BundleKey... keys) {
    return Verifier.verify(
        realm.token().bytes(), new Verifier.Context(NOW, realm.bundle(keys), realm.holder.id()));
  }

  @Test
  void genuineTokenIsAcceptedUntilItExpires() {
    Token token = realm.token();

    Verdict verdict = realm.verify(token.bytes());

    assertEquals(
        new Verdict.Accepted(token.grant(), NOW.plus(DAY), List.of(token.revocationId())), verdict);
  }

  @Test
  void tokenDoesNotOutliveTheKeyThatSignedIt() {
    Instant keyExpires = NOW.plusSeconds(60);
    BundleKey key =
        new BundleKey(
            Usage.CAP_ISSUE,
            State.ACTIVE,
            NOW,
            keyExpires,
            new BundleKey.Material.Ed25519(realm.issuer.verifyingKey()));

    Verdict verdict = verifyBy(key);

    assertEquals(keyExpires, assertInstanceOf(Verdict.Accepted.class, verdict).deadline());
  }

  @Test
  void tokenOfAnotherRealmIsRefusedEvenWithTheSameKey() {
    TestRealm away = new TestRealm("away");
    TrustBundle awayBundle =
        away.bundle(TestRealm.key(realm.issuer, Usage.CAP_ISSUE, State.ACTIVE));

    Verdict verdict =
        Verifier.verify(
            realm.token().bytes(), new Verifier.Context(NOW, awayBundle, realm.holder.id()));

    assertEquals(Reason.REALM, TestRealm.reason(verdict));
  }

  @Test
  void unknownKeyIsRefused() {
    assertEquals(
        Reason.KEY_UNKNOWN,
        TestRealm.reason(verifyBy(TestRealm.key(realm.bundler, Usage.BUNDLE, State.ACTIVE))));
  }

  @ParameterizedTest
  @EnumSource(
      value = Usage.class,
      names = {"REVOKE", "BUNDLE", "DIRECTORY"})
  void keyOfAnotherUsageIsRefused(Usage usage) {
    assertEquals(
        Reason.KEY_USAGE,
        TestRealm.reason(verifyBy(TestRealm.key(realm.issuer, usage, State.ACTIVE))));
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"PENDING", "TAINTED", "REVOKED"})
  void keyThatVouchesForNothingIsRefused(State state) {
    assertEquals(
        Reason.KEY_STATE,
        TestRealm.reason(verifyBy(TestRealm.key(realm.issuer, Usage.CAP_ISSUE, state))));
  }

  @Test
  void whatARetiringKeySignedHolds() {
    Verdict verdict = verifyBy(TestRealm.key(realm.issuer, Usage.CAP_ISSUE, State.RETIRING));

    assertInstanceOf(Verdict.Accepted.class, verdict);
  }

  @Test
  void keyOutsideItsTimeIsRefused() {
    var material = new BundleKey.Material.Ed25519(realm.issuer.verifyingKey());
    BundleKey over = new BundleKey(Usage.CAP_ISSUE, State.ACTIVE, NOW.minus(DAY), NOW, material);
    BundleKey early =
        new BundleKey(Usage.CAP_ISSUE, State.ACTIVE, NOW.plusMillis(1), NOW.plus(DAY), material);

    assertEquals(Reason.KEY_STATE, TestRealm.reason(verifyBy(over)));
    assertEquals(Reason.KEY_STATE, TestRealm.reason(verifyBy(early)));
  }

  @Test
  void grantHoldsFromItsFirstMillisecondToTheLastBeforeItExpires() {
    assertEquals(Reason.NOT_YET, TestRealm.reason(verifyAt(NOW.minusMillis(1))));
    assertInstanceOf(Verdict.Accepted.class, verifyAt(NOW));
    assertInstanceOf(Verdict.Accepted.class, verifyAt(NOW.plus(DAY).minusMillis(1)));
    assertEquals(Reason.EXPIRED, TestRealm.reason(verifyAt(NOW.plus(DAY))));
    assertEquals(Reason.EXPIRED, TestRealm.reason(verifyAt(NOW.plus(DAY).plusMillis(1))));
  }

  @Test
  void clockSetBackBehindTheBundleDoesNotReviveAGrant() {
    Token token = realm.token();
    TrustBundle newer = new TrustBundle(realm.name, 1, "", NOW.plus(DAY), realm.bundle.keys());

    Verdict verdict =
        Verifier.verify(token.bytes(), new Verifier.Context(NOW, newer, realm.holder.id()));

    assertEquals(Reason.EXPIRED, TestRealm.reason(verdict));
  }

  @Test
  void grantThatEndsBeforeItStartsIsMalformed() {
    byte[] token = realm.signed(grant -> grant.setExpiresMs(grant.getNotBeforeMs()));

    assertEquals(Reason.FIELD, TestRealm.reason(realm.verify(token)));
  }

  @Test
  void tokenOfAnotherHolderIsUseless() {
    SigningKey thief = SigningKey.generate(TestRealm.RANDOM);

    Verdict verdict =
        Verifier.verify(realm.token().bytes(), new Verifier.Context(NOW, realm.bundle, thief.id()));

    assertEquals(Reason.HOLDER, TestRealm.reason(verdict));
  }

  @Test
  void refusalsNeverShowTheToken() {
    Token token = realm.token();

    assertFalse(token.toString().contains(HexFormat.of().formatHex(token.bytes())));
    assertEquals("token " + token.hash(), token.toString());
  }

  @Test
  void signingKeyPrintsOnlyItsPublicName() {
    assertEquals(realm.issuer.id().hex(), realm.issuer.toString());
  }

  @Test
  void grantIsNotSignedByAKeyItDoesNotName() {
    assertThrows(IllegalArgumentException.class, () -> Token.mint(realm.grant(), realm.bundler));
  }

  @Test
  void firstFailingCheckNamesTheReason() {
    Token token = realm.token();
    byte[] badSignature = token.bytes();
    badSignature[badSignature.length - 1] ^= 1;
    SigningKey thief = SigningKey.generate(TestRealm.RANDOM);
    Instant late = NOW.plus(DAY);
    TrustBundle away = new TestRealm("away").bundle;
    TrustBundle without = realm.bundle(TestRealm.key(realm.bundler, Usage.BUNDLE, State.ACTIVE));
    TrustBundle usage = realm.bundle(TestRealm.key(realm.issuer, Usage.REVOKE, State.REVOKED));
    TrustBundle state = realm.bundle(TestRealm.key(realm.issuer, Usage.CAP_ISSUE, State.REVOKED));

    assertEquals(
        List.of(
            Reason.REALM,
            Reason.KEY_UNKNOWN,
            Reason.KEY_USAGE,
            Reason.KEY_STATE,
            Reason.EXPIRED,
            Reason.SIGNATURE,
            Reason.HOLDER),
        List.of(
            reason(badSignature, late, away, thief),
            reason(badSignature, late, without, thief),
            reason(badSignature, late, usage, thief),
            reason(badSignature, late, state, thief),
            reason(badSignature, late, realm.bundle, thief),
            reason(badSignature, NOW, realm.bundle, thief),
            reason(token.bytes(), NOW, realm.bundle, thief)));
  }

  private static Reason reason(
      byte[] token, Instant now, TrustBundle bundle, SigningKey presenter) {
    return TestRealm.reason(
        Verifier.verify(token, new Verifier.Context(now, bundle, presenter.id())));
  }
}

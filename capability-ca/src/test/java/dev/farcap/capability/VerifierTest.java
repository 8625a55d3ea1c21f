package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static dev.farcap.capability.TestRealm.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import java.time.Instant;
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

    assertEquals(Reason.REALM, reason(verdict));
  }

  @Test
  void unknownKeyIsRefused() {
    assertEquals(
        Reason.KEY_UNKNOWN,
        reason(verifyBy(TestRealm.key(realm.bundler, Usage.BUNDLE, State.ACTIVE))));
  }

  @ParameterizedTest
  @EnumSource(
      value = Usage.class,
      names = {"REVOKE", "BUNDLE", "DIRECTORY"})
  void keyOfAnotherUsageIsRefused(Usage usage) {
    assertEquals(
        Reason.KEY_USAGE, reason(verifyBy(TestRealm.key(realm.issuer, usage, State.ACTIVE))));
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"PENDING", "TAINTED", "REVOKED"})
  void keyThatVouchesForNothingIsRefused(State state) {
    assertEquals(
        Reason.KEY_STATE, reason(verifyBy(TestRealm.key(realm.issuer, Usage.CAP_ISSUE, state))));
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

    assertEquals(Reason.KEY_STATE, reason(verifyBy(over)));
    assertEquals(Reason.KEY_STATE, reason(verifyBy(early)));
  }

  @Test
  void grantHoldsFromItsFirstMillisecondToTheLastBeforeItExpires() {
    assertEquals(Reason.NOT_YET, reason(verifyAt(NOW.minusMillis(1))));
    assertInstanceOf(Verdict.Accepted.class, verifyAt(NOW));
    assertInstanceOf(Verdict.Accepted.class, verifyAt(NOW.plus(DAY).minusMillis(1)));
    assertEquals(Reason.EXPIRED, reason(verifyAt(NOW.plus(DAY))));
    assertEquals(Reason.EXPIRED, reason(verifyAt(NOW.plus(DAY).plusMillis(1))));
  }

  @Test
  void clockSetBackBehindTheBundleDoesNotReviveAGrant() {
    Token token = realm.token();
    TrustBundle newer = new TrustBundle(realm.name, 1, "", NOW.plus(DAY), realm.bundle.keys());

    Verdict verdict =
        Verifier.verify(token.bytes(), new Verifier.Context(NOW, newer, realm.holder.id()));

    assertEquals(Reason.EXPIRED, reason(verdict));
  }

  @Test
  void grantThatEndsBeforeItStartsIsMalformed() {
    byte[] token = realm.signed(grant -> grant.setExpiresMs(grant.getNotBeforeMs()));

    assertEquals(Reason.FIELD, reason(realm.verify(token)));
  }

  @Test
  void tokenOfAnotherHolderIsUseless() {
    SigningKey thief = SigningKey.generate(TestRealm.RANDOM);

    Verdict verdict =
        Verifier.verify(realm.token().bytes(), new Verifier.Context(NOW, realm.bundle, thief.id()));

    assertEquals(Reason.HOLDER, reason(verdict));
  }

  @Test
  void refusalsNeverShowTheToken() {
    Token token = realm.token();

    assertFalse(token.toString().contains(java.util.HexFormat.of().formatHex(token.bytes())));
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
}

package dev.farcap.capability;

import static dev.farcap.capability.TestRealm.DAY;
import static dev.farcap.capability.TestRealm.NOW;
import static dev.farcap.capability.TestRealm.reason;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import org.junit.jupiter.api.Test;

class CachedVerifierTest {
  private final TestRealm realm = new TestRealm("home");
  private final CachedVerifier verifier = new CachedVerifier();
  private final byte[] token = realm.token().bytes();

  @Test
  void answersAsTheVerifierDoes() {
    Verdict first = verifier.verify(token, realm.context(), () -> true);
    Verdict again = verifier.verify(token, realm.context(), () -> true);

    assertEquals(realm.verify(token), first);
    assertEquals(first, again);
    assertEquals(1, verifier.size());
  }

  @Test
  void rememberedTokenStillExpires() {
    verifier.verify(token, realm.context(), () -> true);

    Verdict later =
        verifier.verify(
            token,
            new Verifier.Context(NOW.plus(DAY), realm.bundle, realm.holder.id()),
            () -> true);

    assertEquals(Reason.EXPIRED, reason(later));
  }

  @Test
  void rememberedTokenIsStillOnlyItsHolders() {
    verifier.verify(token, realm.context(), () -> true);

    Verdict stolen =
        verifier.verify(
            token, new Verifier.Context(NOW, realm.bundle, realm.issuer.id()), () -> true);

    assertEquals(Reason.HOLDER, reason(stolen));
  }

  @Test
  void newBundleCountsAtOnce() {
    verifier.verify(token, realm.context(), () -> true);
    TrustBundle tainted = realm.bundle(TestRealm.key(realm.issuer, Usage.CAP_ISSUE, State.TAINTED));

    Verdict verdict =
        verifier.verify(token, new Verifier.Context(NOW, tainted, realm.holder.id()), () -> true);

    assertEquals(Reason.KEY_STATE, reason(verdict));
    assertEquals(0, verifier.size());
  }

  @Test
  void refusedTokensAreNotRemembered() {
    byte[] damaged = token.clone();
    damaged[damaged.length - 40] ^= 1;

    verifier.verify(damaged, realm.context(), () -> true);
    verifier.verify(new byte[Token.BYTES_MAX + 1], realm.context(), () -> true);
    verifier.verify(token, new Verifier.Context(NOW, realm.bundle, realm.issuer.id()), () -> true);

    assertEquals(0, verifier.size());
  }

  @Test
  void memoryIsBoundedAndForgetsWhatWasUsedLongestAgo() {
    CachedVerifier small = new CachedVerifier(4);
    for (int i = 0; i < 20; i++) {
      assertInstanceOf(
          Verdict.Accepted.class, small.verify(realm.token().bytes(), realm.context(), () -> true));
    }

    assertEquals(4, small.size());
    assertInstanceOf(Verdict.Accepted.class, small.verify(token, realm.context(), () -> true));
  }

  @Test
  void withoutBudgetOnlyKnownTokensAreJudged() {
    Verdict unknown = verifier.verify(token, realm.context(), () -> false);
    verifier.verify(token, realm.context(), () -> true);
    Verdict known = verifier.verify(token, realm.context(), () -> false);

    assertEquals(Reason.BUDGET, reason(unknown));
    assertEquals(realm.verify(token), known);
  }
}

package dev.farcap.capability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.RevocationList.Entry;
import dev.farcap.capability.RevocationList.Kind;
import java.util.List;
import org.junit.jupiter.api.Test;

final class RevocationListTest {
  private static final String ID = "0123456789abcdef".repeat(4);

  private final TestRealm realm = new TestRealm("home");
  private final RevocationList list =
      new RevocationList(
          "home",
          3,
          TestRealm.NOW,
          List.of(
              new Entry(Kind.BLOCK, ID, null, TestRealm.NOW.plus(TestRealm.DAY)),
              new Entry(Kind.HOLDER, ID, TestRealm.NOW, TestRealm.NOW.plus(TestRealm.DAY)),
              new Entry(Kind.ISSUER, ID, null, TestRealm.NOW.plus(TestRealm.DAY))));

  private String refusal(byte[] signed) {
    return String.valueOf(
        assertThrows(
                IllegalArgumentException.class,
                () -> RevocationList.open(signed, realm.bundle, TestRealm.NOW))
            .getMessage());
  }

  @Test
  void whatARevokeKeySignedIsBelieved() {
    assertEquals(list, RevocationList.open(list.sign(realm.revoker), realm.bundle, TestRealm.NOW));
  }

  @Test
  void otherKeysDoNotCount() {
    assertTrue(refusal(list.sign(realm.issuer)).startsWith("KEY_USAGE"));
    assertTrue(refusal(list.sign(realm.holder)).startsWith("KEY_UNKNOWN"));
  }

  @Test
  void routesAreNoList() {
    SigningKey directoryKey = SigningKey.generate(TestRealm.RANDOM);
    TrustBundle bundle =
        realm.bundle(
            TestRealm.key(directoryKey, Usage.DIRECTORY, State.ACTIVE),
            TestRealm.key(realm.revoker, Usage.REVOKE, State.ACTIVE));
    byte[] routes = new Routes("home", 3, TestRealm.NOW, "").sign(directoryKey);

    assertThrows(
        IllegalArgumentException.class, () -> RevocationList.open(routes, bundle, TestRealm.NOW));
  }

  @Test
  void noBitOfItCanBeChanged() {
    byte[] signed = list.sign(realm.revoker);

    for (int bit = 0; bit < signed.length * 8; bit++) {
      byte[] changed = signed.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);

      refusal(changed);
    }
  }

  @Test
  void anEntryNamesAnId() {
    assertThrows(
        IllegalArgumentException.class, () -> new Entry(Kind.BLOCK, "x", null, TestRealm.NOW));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Entry(Kind.BLOCK, ID, TestRealm.NOW, TestRealm.NOW));
  }
}

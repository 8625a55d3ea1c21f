package dev.farcap.capability;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.protobuf.ByteString;
import dev.farcap.capability.BundleKey.State;
import dev.farcap.capability.BundleKey.Usage;
import dev.farcap.capability.wire.SignedDocument;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RoutesTest {
  private final TestRealm realm = new TestRealm("home");
  private final SigningKey directoryKey = SigningKey.generate(TestRealm.RANDOM);
  private final TrustBundle bundle = bundle(State.ACTIVE);
  private final Routes routes = new Routes("home", 7, TestRealm.NOW, "providers: {}\n");

  private TrustBundle bundle(State state) {
    return realm.bundle(
        TestRealm.key(directoryKey, Usage.DIRECTORY, state),
        TestRealm.key(realm.issuer, Usage.CAP_ISSUE, State.ACTIVE),
        TestRealm.key(realm.bundler, Usage.BUNDLE, State.ACTIVE),
        TestRealm.key(realm.revoker, Usage.REVOKE, State.ACTIVE));
  }

  private String refusal(byte[] signed) {
    return refusal(signed, bundle);
  }

  private static String refusal(byte[] signed, TrustBundle bundle) {
    String message =
        String.valueOf(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Routes.open(signed, bundle, TestRealm.NOW))
                .getMessage());
    return message.substring(0, message.indexOf(':'));
  }

  @Test
  void whatADirectoryKeySignedIsBelieved() {
    assertEquals(routes, Routes.open(routes.sign(directoryKey), bundle, TestRealm.NOW));
  }

  @Test
  void aMegabyteOfRulesFits() {
    String text = "  - {service: ROM, labelPrefix: \"app-1 -> \", to: [host-b]}\n".repeat(17_000);

    Routes large = new Routes("home", 1, TestRealm.NOW, text);

    assertEquals(large, Routes.open(large.sign(directoryKey), bundle, TestRealm.NOW));
  }

  @Test
  void noBitOfItCanBeChanged() {
    byte[] signed = routes.sign(directoryKey);

    for (int bit = 0; bit < signed.length * 8; bit++) {
      byte[] changed = signed.clone();
      changed[bit / 8] ^= (byte) (1 << bit % 8);

      refusal(changed);
    }
  }

  @Test
  void garbageIsRefused() {
    Random random = new Random(1);
    for (int length = 0; length < 300; length++) {
      byte[] garbage = new byte[length];
      random.nextBytes(garbage);

      refusal(garbage);
    }
  }

  @Test
  void aKeyForSomethingElseDoesNotCount() {
    assertEquals("KEY_USAGE", refusal(routes.sign(realm.issuer)));
    assertEquals("KEY_USAGE", refusal(routes.sign(realm.bundler)));
    assertEquals("KEY_USAGE", refusal(routes.sign(realm.revoker)));
  }

  @Test
  void aStrangersKeyDoesNotCount() {
    assertEquals("KEY_UNKNOWN", refusal(routes.sign(realm.holder)));
  }

  @ParameterizedTest
  @EnumSource(
      value = State.class,
      names = {"PENDING", "TAINTED", "REVOKED"})
  void aKeyThatVouchesForNothingDoesNotCount(State state) {
    assertEquals("KEY_STATE", refusal(routes.sign(directoryKey), bundle(state)));
  }

  @Test
  void aRetiringKeyStillCounts() {
    assertEquals(
        routes, Routes.open(routes.sign(directoryKey), bundle(State.RETIRING), TestRealm.NOW));
  }

  @Test
  void aSignatureOfAnotherRoleDoesNotCount() throws IOException {
    byte[] payload = SignedDocument.parseFrom(routes.sign(directoryKey)).getPayload().toByteArray();

    for (Role role : Role.values()) {
      byte[] signed = SignedPayload.sign(payload, role, directoryKey);
      if (role == Role.DIRECTORY) {
        Routes.open(signed, bundle, TestRealm.NOW);
      } else {
        assertEquals("SIGNATURE", refusal(signed));
      }
    }
  }

  @Test
  void routesOfAnotherRealmDoNotCount() {
    Routes others = new Routes("away", 7, TestRealm.NOW, "providers: {}\n");

    assertEquals("REALM", refusal(others.sign(directoryKey)));
  }

  @Test
  void textThatUnpacksToMoreThanAllowedIsRefused() throws IOException {
    byte[] bomb = new byte[64 << 20];
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      out.write(bomb);
    }

    assertEquals("SIZE", refusal(signed(packed.toByteArray())));
  }

  @Test
  void textThatIsNotPackedOrNoTextIsRefused() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      out.write(new byte[] {(byte) 0xc3, 0x28});
    }

    assertEquals("FIELD", refusal(signed("plain".getBytes(StandardCharsets.UTF_8))));
    assertEquals("FIELD", refusal(signed(packed.toByteArray())));
  }

  /// Rightly signed by who should know better.
  private byte[] signed(byte[] text) {
    return SignedPayload.sign(
        dev.farcap.capability.wire.Routes.newBuilder()
            .setRealm("home")
            .setNumber(1)
            .setIssuedMs(TestRealm.NOW.toEpochMilli())
            .setText(ByteString.copyFrom(text))
            .build()
            .toByteArray(),
        Role.DIRECTORY,
        directoryKey);
  }

  @Test
  void whatIsTooLargeIsNeitherSignedNorRead() {
    byte[] random = new byte[800 << 10];
    new Random(1).nextBytes(random);
    String text = new String(random, StandardCharsets.ISO_8859_1).substring(0, 500 << 10);
    Routes large = new Routes("home", 1, TestRealm.NOW, text);

    assertThrows(IllegalArgumentException.class, () -> large.sign(directoryKey));
    assertEquals("SIZE", refusal(new byte[Routes.BYTES_MAX + 1]));
    assertThrows(
        IllegalArgumentException.class,
        () -> new Routes("home", 1, TestRealm.NOW, " ".repeat(Routes.TEXT_BYTES_MAX + 1)));
  }

  @Test
  void numbersBeginWithOne() {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class, () -> new Routes("home", 0, TestRealm.NOW, ""));

    assertEquals("routes have number 0, expected 1 or more", refused.getMessage());
  }
}

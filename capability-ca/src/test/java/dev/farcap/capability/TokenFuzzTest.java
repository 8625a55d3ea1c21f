package dev.farcap.capability;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.farcap.capability.wire.Token;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever bytes come as a token, a trust bundle or a document of a directory, they are one, in
/// its only spelling, or malformed for a reason; and none that no issuer signed is accepted.
///
/// `.ci/fuzz` searches for bytes that break this; here is read what it has found.
@Timeout(60)
public final class TokenFuzzTest {
  private static final TestRealm REALM = new TestRealm("home");

  static File[] found() {
    return new File("src/test/fuzz/TokenFuzzTest").listFiles();
  }

  @ParameterizedTest
  @MethodSource("found")
  void holdsForWhatWasFound(File input) throws IOException {
    fuzzerTestOneInput(Files.readAllBytes(input.toPath()));
  }

  /// By the name that Jazzer looks for.
  public static void fuzzerTestOneInput(byte[] bytes) {
    token(bytes);
    bundle(bytes);
    signedBundle(bytes);
    routes(bytes);
    revocations(bytes);
    documents(bytes);
  }

  private static void token(byte[] bytes) {
    try {
      dev.farcap.capability.Token token = dev.farcap.capability.Token.decode(bytes);
      assertArrayEquals(bytes, token.bytes());
      byte[] payload = Token.parseFrom(bytes).getBlocks(0).getPayload().toByteArray();
      assertArrayEquals(payload, GrantCodec.encode(token.grant()));
    } catch (MalformedException malformed) {
      assertEquals(malformed.denied(), REALM.verify(bytes));
    } catch (IOException e) {
      throw new AssertionError("decoded, but no protobuf", e);
    }
    assertInstanceOf(Verdict.Denied.class, REALM.verify(bytes));
  }

  /// Without its signature, which no fuzzer finds.
  private static void bundle(byte[] payload) {
    try {
      TrustBundle bundle = BundleCodec.decode(payload);
      assertArrayEquals(payload, BundleCodec.encode(bundle));
    } catch (MalformedException malformed) {
      assertInstanceOf(Verdict.Denied.class, malformed.denied());
    }
  }

  private static void signedBundle(byte[] bytes) {
    try {
      SignedBundle bundle = SignedBundle.parse(bytes);
      assertArrayEquals(bytes, bundle.bytes());
    } catch (IllegalArgumentException malformed) {
      assertInstanceOf(MalformedException.class, malformed.getCause());
    }
  }

  private static void routes(byte[] payload) {
    try {
      Routes routes = Routes.decode(payload, REALM.bundle);
      assertEquals("home", routes.realm());
    } catch (MalformedException malformed) {
      assertInstanceOf(Verdict.Denied.class, malformed.denied());
    }
  }

  private static void revocations(byte[] payload) {
    try {
      RevocationList list = RevocationList.decode(payload, REALM.bundle);
      byte[] signed = list.sign(REALM.revoker);
      assertEquals(list, RevocationList.open(signed, REALM.bundle, TestRealm.NOW));
    } catch (MalformedException malformed) {
      assertInstanceOf(Verdict.Denied.class, malformed.denied());
    }
  }

  /// Whose signature no fuzzer finds.
  private static void documents(byte[] bytes) {
    assertThrows(
        IllegalArgumentException.class, () -> Routes.open(bytes, REALM.bundle, TestRealm.NOW));
    assertThrows(
        IllegalArgumentException.class,
        () -> RevocationList.open(bytes, REALM.bundle, TestRealm.NOW));
  }
}

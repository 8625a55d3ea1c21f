package dev.farcap.capability;

import static dev.farcap.capability.EdwardsPoint.BASE;
import static dev.farcap.capability.EdwardsPoint.NEUTRAL;
import static dev.farcap.capability.EdwardsPoint.ORDER;
import static dev.farcap.capability.EdwardsPoint.TORSION;
import static dev.farcap.capability.EdwardsPoint.littleEndian;
import static dev.farcap.capability.TestRealm.reason;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One answer to every signature, also where RFC 8032 leaves it open.
class SignatureTest {
  private static final TestRealm REALM = new TestRealm("home");
  private static final byte[] PAYLOAD = GrantCodec.encode(REALM.grant());
  private static final HexFormat HEX = HexFormat.of();

  private static Verdict verifySigned(byte[] signature) {
    return REALM.verify(TestRealm.token(PAYLOAD, signature));
  }

  private static byte[] seed(SigningKey key) {
    byte[] pkcs8 = key.toPkcs8();
    return Arrays.copyOfRange(pkcs8, pkcs8.length - 32, pkcs8.length);
  }

  @ParameterizedTest
  @EnumSource(value = Role.class, mode = EnumSource.Mode.EXCLUDE, names = "AUTHORITY")
  void tokenSignedInAnotherRoleIsRefused(Role role) {
    assertEquals(Reason.SIGNATURE, reason(verifySigned(REALM.issuer.sign(role, PAYLOAD))));
  }

  static Stream<Arguments> rolePairs() {
    return Stream.of(Role.values())
        .flatMap(made -> Stream.of(Role.values()).map(read -> Arguments.of(made, read)));
  }

  @ParameterizedTest
  @MethodSource("rolePairs")
  void signatureVerifiesInItsOwnRoleOnly(Role made, Role read) {
    byte[] signature = REALM.issuer.sign(made, PAYLOAD);

    assertEquals(made == read, REALM.issuer.verifyingKey().verifies(read, PAYLOAD, signature));
  }

  @Test
  void signedBytesAreContextRoleLengthAndPayload() {
    byte[] payload = {1, 2, 3};

    assertEquals(
        HEX.formatHex("farcap-cap-v1\0".getBytes(StandardCharsets.US_ASCII))
            + "01"
            + "00000003"
            + "010203",
        HEX.formatHex(Role.AUTHORITY.input(payload)));
  }

  @ParameterizedTest
  @CsvSource({
    // RFC 8032 section 7.1, tests 1 and 2.
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60,"
        + "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a,'',"
        + "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555"
        + "fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb,"
        + "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c,72,"
        + "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da0"
        + "85ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
  })
  void knownSignatureIsAccepted(String secret, String key, String message, String signature) {
    SigningKey signingKey =
        SigningKey.ofPkcs8(HEX.parseHex("302e020100300506032b657004220420" + secret));

    assertEquals(key, HEX.formatHex(signingKey.verifyingKey().bytes()));
    assertTrue(signingKey.verifyingKey().verifies(HEX.parseHex(message), HEX.parseHex(signature)));
  }

  @Test
  void privateKeyReadsBackAsWritten() {
    byte[] pkcs8 = REALM.issuer.toPkcs8();

    assertArrayEquals(pkcs8, SigningKey.ofPkcs8(pkcs8).toPkcs8());
    assertThrows(
        IllegalArgumentException.class, () -> SigningKey.ofPkcs8(Arrays.copyOf(pkcs8, 47)));
  }

  @Test
  void signatureByAnotherKeyOfTheRealmIsRefused() {
    assertEquals(
        Reason.SIGNATURE, reason(verifySigned(REALM.bundler.sign(Role.AUTHORITY, PAYLOAD))));
  }

  @Test
  void signatureOfAnotherGrantIsRefused() {
    byte[] other = GrantCodec.encode(REALM.grant());

    assertEquals(Reason.SIGNATURE, reason(verifySigned(REALM.issuer.sign(Role.AUTHORITY, other))));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32, 63, 65, 128})
  void signatureOfWrongLengthIsRefused(int length) {
    byte[] signature = Arrays.copyOf(REALM.issuer.sign(Role.AUTHORITY, PAYLOAD), length);

    assertEquals(Reason.FIELD, reason(verifySigned(signature)));
    assertFalse(REALM.issuer.verifyingKey().verifies(Role.AUTHORITY, PAYLOAD, signature));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 31, 33, 64})
  void keyOfWrongLengthIsRefused(int length) {
    byte[] key = Arrays.copyOf(REALM.holder.verifyingKey().bytes(), length);

    assertThrows(IllegalArgumentException.class, () -> VerifyingKey.of(key));
  }

  // ---- What other libraries may accept ----

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 15})
  void multipleOfTheOrderAddedToSIsRefused(int times) {
    byte[] signature = REALM.issuer.sign(Role.AUTHORITY, PAYLOAD);
    BigInteger s = EdwardsPoint.number(Arrays.copyOfRange(signature, 32, 64));
    byte[] other = littleEndian(s.add(ORDER.multiply(BigInteger.valueOf(times))));
    System.arraycopy(other, 0, signature, 32, 32);

    assertEquals(Reason.SIGNATURE, reason(verifySigned(signature)));
  }

  static Stream<String> pointsOfSmallOrder() {
    return Stream.of(
        // The eight points whose order divides 8.
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        // The same in encodings that are not canonical.
        "0100000000000000000000000000000000000000000000000000000000000080",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
  }

  @ParameterizedTest
  @MethodSource("pointsOfSmallOrder")
  void pointOfSmallOrderIsNoKeyAndNoHolder(String point) {
    byte[] key = HEX.parseHex(point);

    assertThrows(IllegalArgumentException.class, () -> VerifyingKey.of(key));
    assertEquals(
        Reason.FIELD,
        reason(REALM.verify(REALM.signed(grant -> grant.setHolder(ByteString.copyFrom(key))))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Not on the curve.
        "0200000000000000000000000000000000000000000000000000000000000000",
        // Larger than the field's prime.
        "f0ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
      })
  void whatIsNoPointIsNoKey(String point) {
    assertThrows(IllegalArgumentException.class, () -> VerifyingKey.of(HEX.parseHex(point)));
  }

  @Test
  void keyWithTorsionIsRefused() {
    EdwardsPoint key = BASE.times(BigInteger.valueOf(12_345)).add(TORSION);

    assertThrows(IllegalArgumentException.class, () -> VerifyingKey.of(key.encode()));
  }

  /// A signature by the issuer whose R is `r` times the base point plus `added`, right but for
  /// that.
  private static byte[] signature(BigInteger r, byte[] encodedR) throws GeneralSecurityException {
    byte[] input = Role.AUTHORITY.input(PAYLOAD);
    MessageDigest sha512 = MessageDigest.getInstance("SHA-512");
    byte[] expanded = Arrays.copyOf(sha512.digest(seed(REALM.issuer)), 32);
    expanded[0] &= (byte) 0xf8;
    expanded[31] &= 0x7f;
    expanded[31] |= 0x40;
    sha512.update(encodedR);
    sha512.update(REALM.issuer.verifyingKey().bytes());
    BigInteger k = EdwardsPoint.number(sha512.digest(input)).mod(ORDER);
    BigInteger s = r.add(k.multiply(EdwardsPoint.number(expanded))).mod(ORDER);
    byte[] signature = Arrays.copyOf(encodedR, 64);
    System.arraycopy(littleEndian(s), 0, signature, 32, 32);
    return signature;
  }

  @Test
  void handMadeSignatureIsAccepted() throws GeneralSecurityException {
    BigInteger r = BigInteger.valueOf(987_654_321);

    assertTrue(verifySigned(signature(r, BASE.times(r).encode())) instanceof Verdict.Accepted);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
  void torsionInRIsRefused(int times) throws GeneralSecurityException {
    EdwardsPoint torsion = TORSION.times(BigInteger.valueOf(times));
    for (int i = 1; i <= 16; i++) {
      BigInteger r = BigInteger.valueOf(1_000_003L * i);
      byte[] encodedR = BASE.times(r).add(torsion).encode();

      assertEquals(Reason.SIGNATURE, reason(verifySigned(signature(r, encodedR))), "round " + i);
    }
  }

  @ParameterizedTest
  @MethodSource("pointsOfSmallOrder")
  void pointOfSmallOrderAsRIsRefused(String point) throws GeneralSecurityException {
    byte[] signature = signature(BigInteger.ZERO, HEX.parseHex(point));

    assertEquals(Reason.SIGNATURE, reason(verifySigned(signature)));
  }

  @Test
  void smallOrderEverywhereIsRefused() {
    byte[] zero = Arrays.copyOf(NEUTRAL.encode(), 64);

    assertEquals(Reason.SIGNATURE, reason(verifySigned(zero)));
    assertEquals(Reason.SIGNATURE, reason(verifySigned(new byte[64])));
  }

  // ---- Other algorithms ----

  @ParameterizedTest
  @ValueSource(strings = {"", "farcap-cap-v1"})
  void signatureOfEd25519phAndEd25519ctxIsRefused(String context) {
    byte[] seed = seed(REALM.issuer);
    byte[] ctx = context.getBytes(StandardCharsets.US_ASCII);
    byte[] input = Role.AUTHORITY.input(PAYLOAD);
    byte[] withContext = new byte[64];
    byte[] preHashed = new byte[64];
    Ed25519.sign(seed, 0, ctx, input, 0, input.length, withContext, 0);
    Ed25519.signPrehash(seed, 0, ctx, sha512(input), 0, preHashed, 0);

    assertEquals(Reason.SIGNATURE, reason(verifySigned(withContext)));
    assertEquals(Reason.SIGNATURE, reason(verifySigned(preHashed)));
  }

  private static byte[] sha512(byte[] input) {
    try {
      return MessageDigest.getInstance("SHA-512").digest(input);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void signatureOfTheBarePayloadIsRefused() {
    byte[] bare = new byte[64];
    Ed25519.sign(seed(REALM.issuer), 0, PAYLOAD, 0, PAYLOAD.length, bare, 0);

    assertEquals(Reason.SIGNATURE, reason(verifySigned(bare)));
  }

  @Test
  void hashInPlaceOfASignatureIsRefused() {
    assertEquals(Reason.SIGNATURE, reason(verifySigned(sha512(Role.AUTHORITY.input(PAYLOAD)))));
  }

  @Test
  void ecdsaSignatureIsRefused() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    Signature ecdsa = Signature.getInstance("SHA256withECDSAinP1363Format");
    ecdsa.initSign(generator.generateKeyPair().getPrivate());
    ecdsa.update(Role.AUTHORITY.input(PAYLOAD));

    assertEquals(Reason.SIGNATURE, reason(verifySigned(ecdsa.sign())));
  }
}

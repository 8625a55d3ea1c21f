package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// [KeyId], [Id128] and [ObjectRef]: fixed-length names and their two forms.
class NamesTest {
  private static final KeyId HOST = new KeyId("0123456789abcdef".repeat(4));
  private static final Id128 EPOCH = new Id128("00ff".repeat(8));
  private static final Id128 ID = new Id128("ff00".repeat(8));

  @Test
  void binaryAndHexadecimalFormsAreOneToOne() {
    assertEquals(HOST, KeyId.of(HOST.bytes()));
    assertEquals(ID, Id128.of(ID.bytes()));
    assertEquals(32, HOST.bytes().length);
    assertEquals(16, ID.bytes().length);
    assertEquals("ff00".repeat(8), ID.toString());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 15, 17, 31, 33, 64})
  void otherLengthsAreRefused(int length) {
    byte[] bytes = new byte[length];

    assertThrows(IllegalArgumentException.class, () -> KeyId.of(bytes));
    assertThrows(IllegalArgumentException.class, () -> Id128.of(bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"A", "g", " ", "-", "０", "\n"})
  void otherDigitsAreRefused(String digit) {
    assertThrows(
        IllegalArgumentException.class, () -> new KeyId("0".repeat(64 - digit.length()) + digit));
    assertThrows(
        IllegalArgumentException.class, () -> new Id128("0".repeat(32 - digit.length()) + digit));
  }

  @Test
  void mintedIdsComeFromTheGeneratorGiven() {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(7);
    RandomGenerator same = RandomGeneratorFactory.of("L64X128MixRandom").create(7);

    Id128 first = Id128.mint(random);

    assertEquals(first, Id128.mint(same));
    assertNotEquals(first, Id128.mint(random));
  }

  @Test
  void aReferenceIsItsBytes() {
    ObjectRef reference = new ObjectRef(HOST, EPOCH, ID, "farcap.signal.v1.Signals");

    byte[] bytes = reference.toBytes();

    assertEquals(reference, ObjectRef.parse(bytes));
    assertEquals(64 + "farcap.signal.v1.Signals".length(), bytes.length);
    assertArrayEquals(HOST.bytes(), Arrays.copyOfRange(bytes, 0, 32));
    assertArrayEquals(EPOCH.bytes(), Arrays.copyOfRange(bytes, 32, 48));
    assertArrayEquals(ID.bytes(), Arrays.copyOfRange(bytes, 48, 64));
  }

  @Test
  void theLongestServiceNameStillFits() {
    ObjectRef longest = new ObjectRef(HOST, EPOCH, ID, "s".repeat(255));

    assertEquals(ObjectRef.BYTES_MAX, longest.toBytes().length);
    assertEquals(longest, ObjectRef.parse(longest.toBytes()));
    assertThrows(
        IllegalArgumentException.class, () -> new ObjectRef(HOST, EPOCH, ID, "s".repeat(256)));
    assertThrows(
        IllegalArgumentException.class,
        () -> ObjectRef.parse(Arrays.copyOf(longest.toBytes(), ObjectRef.BYTES_MAX + 1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64})
  void aReferenceWithoutAServiceIsRefused(int length) {
    assertThrows(IllegalArgumentException.class, () -> ObjectRef.parse(new byte[length]));
  }

  @ParameterizedTest
  @ValueSource(bytes = {0, ' ', '/', -61, '.', '1'})
  void bytesThatAreNoServiceNameAreRefused(byte name) {
    byte[] bytes = new byte[65];
    bytes[64] = name;

    assertThrows(IllegalArgumentException.class, () -> ObjectRef.parse(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "a.", ".a", "a..b", "1a", "a.1b", "a/b", "a b", "a-b", "ä", "a\n"})
  void whatIsNoServiceNameIsRefused(String service) {
    assertThrows(IllegalArgumentException.class, () -> SessionRequest.of(service, Label.EMPTY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "_", "farcap.rom.v1.Rom", "grpc.health.v1.Health", "A1._b"})
  void serviceNamesAreThoseOfProtobuf(String service) {
    assertEquals(service, SessionRequest.of(service, Label.EMPTY).service());
  }
}

package dev.farcap.capability;

import java.math.BigInteger;
import java.util.HexFormat;

/// A point of Edwards25519 in affine coordinates, slow and plain: to make the signatures that no
/// honest library makes. RFC 8032 section 5.1.
///
/// @param x below the field's prime
/// @param y below the field's prime
record EdwardsPoint(BigInteger x, BigInteger y) {
  static final BigInteger ORDER =
      BigInteger.TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));
  private static final BigInteger P = BigInteger.TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);

  static final EdwardsPoint NEUTRAL = new EdwardsPoint(BigInteger.ZERO, BigInteger.ONE);
  static final EdwardsPoint BASE =
      new EdwardsPoint(
          new BigInteger(
              "15112221349535400772501151409588531511454012693041857206046113283949847762202"),
          new BigInteger(
              "46316835694926478169428394003475163141307993866256225615783033603165251855960"));

  /// Of order 8.
  static final EdwardsPoint TORSION =
      decode("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a");

  EdwardsPoint add(EdwardsPoint other) {
    BigInteger product = D.multiply(x).multiply(other.x).multiply(y).multiply(other.y).mod(P);
    BigInteger sumX = x.multiply(other.y).add(y.multiply(other.x));
    BigInteger sumY = y.multiply(other.y).add(x.multiply(other.x));
    return new EdwardsPoint(
        sumX.multiply(BigInteger.ONE.add(product).modInverse(P)).mod(P),
        sumY.multiply(BigInteger.ONE.subtract(product).modInverse(P)).mod(P));
  }

  EdwardsPoint times(BigInteger scalar) {
    EdwardsPoint result = NEUTRAL;
    for (int bit = scalar.bitLength() - 1; bit >= 0; bit--) {
      result = result.add(result);
      if (scalar.testBit(bit)) {
        result = result.add(this);
      }
    }
    return result;
  }

  byte[] encode() {
    byte[] bytes = littleEndian(y);
    bytes[31] |= (byte) (x.testBit(0) ? 0x80 : 0);
    return bytes;
  }

  private static EdwardsPoint decode(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    boolean odd = bytes[31] < 0;
    bytes[31] &= 0x7f;
    BigInteger y = number(bytes);
    BigInteger square = y.multiply(y).subtract(BigInteger.ONE);
    square = square.multiply(D.multiply(y).multiply(y).add(BigInteger.ONE).modInverse(P)).mod(P);
    BigInteger x = square.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
    if (!x.multiply(x).mod(P).equals(square)) {
      x = x.multiply(BigInteger.TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P)).mod(P);
    }
    return new EdwardsPoint(x.testBit(0) == odd ? x : P.subtract(x), y);
  }

  /// The number in these bytes, lowest first.
  static BigInteger number(byte[] bytes) {
    return new BigInteger(1, reversed(bytes));
  }

  /// 32 bytes, lowest first.
  static byte[] littleEndian(BigInteger number) {
    byte[] big = number.toByteArray();
    byte[] bytes = new byte[32];
    for (int i = 0; i < big.length && i < 32; i++) {
      bytes[i] = big[big.length - 1 - i];
    }
    return bytes;
  }

  private static byte[] reversed(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return reversed;
  }
}

package dev.farcap.session;

import java.util.HexFormat;
import java.util.random.RandomGenerator;

/// A random 128-bit name: the epoch of a process, a link, an object.
///
/// Whoever makes the thing draws it from a cryptographic generator (the simulator from a seeded
/// one); it is never reused.
///
/// @param hex 32 lower-case hexadecimal digits
public record Id128(String hex) {
  /// Length of the binary form.
  public static final int BYTES = 16;

  /// @throws IllegalArgumentException if this is not 32 lower-case hexadecimal digits
  public Id128 {
    KeyId.checkHex("id", hex, BYTES);
  }

  /// A fresh id.
  public static Id128 mint(RandomGenerator random) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return of(bytes);
  }

  /// The id with this binary form.
  ///
  /// @param bytes 16 bytes
  /// @throws IllegalArgumentException if there are not 16 of them
  public static Id128 of(byte[] bytes) {
    return new Id128(HexFormat.of().formatHex(bytes));
  }

  /// The 16 bytes, a fresh array.
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  /// The 32 digits.
  @Override
  public String toString() {
    return hex;
  }
}

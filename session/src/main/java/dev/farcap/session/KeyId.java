package dev.farcap.session;

import java.util.HexFormat;

/// The name of a holder key: SHA-256 over `farcap-key-v1\0` and the Ed25519 public key.
///
/// @param hex 64 lower-case hexadecimal digits
public record KeyId(String hex) {
  /// Length of the binary form.
  public static final int BYTES = 32;

  /// @throws IllegalArgumentException if this is not 64 lower-case hexadecimal digits
  public KeyId {
    checkHex("key id", hex, BYTES);
  }

  static void checkHex(String what, String hex, int bytes) {
    boolean digits = hex.chars().allMatch(c -> (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'));
    if (hex.length() != 2 * bytes || !digits) {
      throw new IllegalArgumentException(
          what + " '" + hex + "' is not " + 2 * bytes + " lower-case hexadecimal digits");
    }
  }

  /// The id with this binary form.
  ///
  /// @param bytes 32 bytes
  /// @throws IllegalArgumentException if there are not 32 of them
  public static KeyId of(byte[] bytes) {
    return new KeyId(HexFormat.of().formatHex(bytes));
  }

  /// The 32 bytes, a fresh array.
  public byte[] bytes() {
    return HexFormat.of().parseHex(hex);
  }

  /// The 64 digits.
  @Override
  public String toString() {
    return hex;
  }
}

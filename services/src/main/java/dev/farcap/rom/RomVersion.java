package dev.farcap.rom;

import com.google.protobuf.ByteString;
import dev.farcap.rom.v1.Version;
import java.util.HexFormat;

/// What a module was at one moment. The schema `rom.proto` tells the concept.
///
/// @param number at least 1; grows with every version of a module
/// @param length bytes, 0 where absent
/// @param sha256 32 bytes of hash, empty where absent
/// @param absent there is no such module
public record RomVersion(long number, long length, ByteString sha256, boolean absent) {
  /// Bytes of a SHA-256.
  static final int HASH_BYTES = 32;

  /// @throws IllegalArgumentException if a part is out of range
  public RomVersion {
    if (number < 1 || length < 0) {
      throw new IllegalArgumentException(
          "version number " + number + " and length " + length + ", expected >= 1 and >= 0");
    }
    int expected = absent ? 0 : HASH_BYTES;
    if (sha256.size() != expected || (absent && length != 0)) {
      throw new IllegalArgumentException(
          "hash is " + sha256.size() + " bytes, expected " + expected);
    }
  }

  static RomVersion present(long number, long length, ByteString sha256) {
    return new RomVersion(number, length, sha256, false);
  }

  static RomVersion absent(long number) {
    return new RomVersion(number, 0, ByteString.EMPTY, true);
  }

  static RomVersion of(Version version) {
    return new RomVersion(
        version.getNumber(), version.getLength(), version.getSha256(), version.getAbsent());
  }

  Version toProto() {
    return Version.newBuilder()
        .setNumber(number)
        .setLength(length)
        .setSha256(sha256)
        .setAbsent(absent)
        .build();
  }

  /// Whether both have the same bytes, whatever their numbers.
  boolean sameContent(RomVersion other) {
    return absent == other.absent && length == other.length && sha256.equals(other.sha256);
  }

  /// One line for people: `version 7, 1024 bytes, sha256 3fd2..`.
  @Override
  public String toString() {
    return absent
        ? "version " + number + ", absent"
        : "version %d, %d bytes, sha256 %s"
            .formatted(number, length, HexFormat.of().formatHex(sha256.toByteArray()));
  }
}

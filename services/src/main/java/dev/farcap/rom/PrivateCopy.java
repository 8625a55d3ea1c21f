package dev.farcap.rom;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/// A copy of what a module's file was at one moment, out of reach of who writes the file.
///
/// A small one is kept in memory: that is cheaper than a file to make, to read and to throw away,
/// and it can be told along with its version.
///
/// @param number names it, and its file in the spool
/// @param small the whole content; null where it is in the spool
record PrivateCopy(long number, @Nullable ByteString small) {
  /// What is larger goes to the spool. Most configuration is smaller, one frame of a link takes it,
  /// and a thousand modules are 8 MiB.
  static final int SMALL_BYTES_MAX = 8 * 1024;

  /// Of a version that says absent.
  static final PrivateCopy NOTHING = new PrivateCopy(0, ByteString.EMPTY);
}

package dev.farcap.routing.consul;

import java.util.List;

/// Judges what a directory brings, by the keys of the realm. Thread-safe.
public interface DirectoryTrust {
  /// Opens signed routes.
  ///
  /// @param signed as found, of any length
  /// @throws IllegalArgumentException if no key of the realm vouches for them now; one line
  SignedRoutes routes(byte[] signed);

  /// Takes over those of the trust bundles that follow the one that is believed.
  ///
  /// @param signed as found, in the order of the numbers they are filed under
  /// @throws IllegalArgumentException if one of them contradicts what is believed; one line
  void bundles(List<byte[]> signed);

  /// Looks at a revocation list.
  ///
  /// @param signed as found, of any length
  /// @throws IllegalArgumentException if no key of the realm vouches for it now; one line
  void revocations(byte[] signed);

  /// Routes that a key of the realm vouches for.
  ///
  /// @param number from 1, grows from one to the next
  /// @param text that of a directory file
  record SignedRoutes(long number, String text) {}
}

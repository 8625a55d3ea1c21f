package dev.farcap.transport.shm;

import java.security.SecureRandom;

/// 16 random bytes by which both sides know that they speak of the same memory.
///
/// @param high the first eight, the most significant first
/// @param low the last eight
record Nonce(long high, long low) {
  private static final SecureRandom RANDOM = new SecureRandom();

  static Nonce random() {
    return new Nonce(RANDOM.nextLong(), RANDOM.nextLong());
  }
}

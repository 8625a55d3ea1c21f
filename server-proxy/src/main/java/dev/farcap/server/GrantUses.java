package dev.farcap.server;

import dev.farcap.capability.Grant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// The use of every grant that is in use. Thread-safe.
///
/// Bounded by what links let be open: a grant that is not used for a second is forgotten.
final class GrantUses {
  /// So many are kept before those not in use are looked for.
  private static final int SWEEP_AT = 1_024;

  private final LongSupplier ticker;
  private final Map<String, GrantUse> uses = new HashMap<>();
  private int sweepAt = SWEEP_AT;

  /// @param ticker nanoseconds
  GrantUses(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /// The use of one grant.
  ///
  /// @param revocationId of its last block: the grant's own name
  synchronized GrantUse of(String revocationId, Grant.Limits limits) {
    if (uses.size() >= sweepAt) {
      uses.values().removeIf(GrantUse::isIdle);
      sweepAt = Math.max(SWEEP_AT, 2 * uses.size());
    }
    return uses.computeIfAbsent(revocationId, _ -> new GrantUse(limits, ticker));
  }
}

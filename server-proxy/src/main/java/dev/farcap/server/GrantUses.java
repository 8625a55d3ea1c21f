package dev.farcap.server;

import dev.farcap.capability.Grant;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.SessionHost;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/// The use of every grant that is in use. Thread-safe.
///
/// Bounded by what links let be open: a grant that is not used for a second is forgotten.
final class GrantUses {
  /// So many are kept before those not in use are looked for.
  private static final int SWEEP_AT = 1_024;

  private final LongSupplier ticker;
  private final int sweepAtLeast;
  private final Map<String, GrantUse> uses = new HashMap<>();
  private int sweepAt;

  /// @param ticker nanoseconds
  GrantUses(LongSupplier ticker) {
    this(ticker, SWEEP_AT);
  }

  GrantUses(LongSupplier ticker, int sweepAtLeast) {
    this.ticker = ticker;
    this.sweepAtLeast = sweepAtLeast;
    sweepAt = sweepAtLeast;
  }

  /// Opens a session of one grant: counts it, and its calls, until it is closed.
  ///
  /// @param revocationId of its last block: the grant's own name
  /// @param maker makes what serves it
  /// @throws NotHostedException if the grant's sessions are all open
  SessionHost open(String revocationId, Grant.Limits limits, Supplier<SessionHost> maker) {
    return claimed(revocationId, limits).host(maker);
  }

  /// Claimed before the lock is given back: a use that is idle could be forgotten, and a second one
  /// of the same grant begin, while the first is about to be claimed.
  private synchronized GrantUse claimed(String revocationId, Grant.Limits limits) {
    if (uses.size() >= sweepAt) {
      uses.values().removeIf(GrantUse::isIdle);
      sweepAt = Math.max(sweepAtLeast, 2 * uses.size());
    }
    GrantUse use = uses.computeIfAbsent(revocationId, _ -> new GrantUse(limits, ticker));
    use.claim();
    return use;
  }
}

package dev.farcap.server;

import dev.farcap.session.KeyId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// How often a second each holder may have this host do something: who asks for more spends its own
/// budget, not the processor or the disk. Thread-safe.
final class HolderBudget {
  /// Holders remembered, those not seen for longest are forgotten first: as many as may be linked.
  private static final int HOLDERS_MAX = 1_024;

  private final int perSecond;
  private final LongSupplier ticker;
  private final Map<KeyId, Rate> rates = new LinkedHashMap<>(16, 0.75f, true);

  /// @param ticker nanoseconds
  HolderBudget(int perSecond, LongSupplier ticker) {
    this.perSecond = perSecond;
    this.ticker = ticker;
  }

  /// Takes one piece of a holder's budget, if there is one.
  synchronized boolean take(KeyId holder) {
    long now = ticker.getAsLong();
    boolean taken = rates.computeIfAbsent(holder, _ -> new Rate(perSecond, now)).take(now);
    if (rates.size() > HOLDERS_MAX) {
      rates.remove(rates.keySet().iterator().next());
    }
    return taken;
  }
}

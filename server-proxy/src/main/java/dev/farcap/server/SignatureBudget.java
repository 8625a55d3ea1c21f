package dev.farcap.server;

import dev.farcap.session.KeyId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// How many signatures each holder may have this host check: who presents ever new tokens spends
/// its own budget, not the processor. Tokens known to be genuine cost nothing. Thread-safe.
final class SignatureBudget {
  /// Some 10 ms of work a second; an honest peer presents a few tokens a day.
  private static final int CHECKS_PER_SECOND = 100;

  /// Holders remembered, those not seen for longest are forgotten first: as many as may be linked.
  private static final int HOLDERS_MAX = 1_024;

  private final LongSupplier ticker;
  private final Map<KeyId, Rate> rates = new LinkedHashMap<>(16, 0.75f, true);

  /// @param ticker nanoseconds
  SignatureBudget(LongSupplier ticker) {
    this.ticker = ticker;
  }

  /// Takes one check of a holder's budget, if there is one.
  synchronized boolean take(KeyId holder) {
    long now = ticker.getAsLong();
    boolean taken = rates.computeIfAbsent(holder, _ -> new Rate(CHECKS_PER_SECOND, now)).take(now);
    if (rates.size() > HOLDERS_MAX) {
      rates.remove(rates.keySet().iterator().next());
    }
    return taken;
  }
}

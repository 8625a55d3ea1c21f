package dev.farcap.door;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/// How often a second each of many may have this host do something: who asks for more spends its
/// own budget, not the processor or the disk. Thread-safe.
///
/// @param <K> who asks
public final class Rates<K> {
  /// Those remembered; who has not asked for longest is forgotten first. As many as may be linked.
  private static final int ASKERS_MAX = 1_024;

  private final int perSecond;
  private final LongSupplier ticker;
  private final Map<K, Rate> rates = new LinkedHashMap<>(16, 0.75f, true);

  /// @param perSecond for each, at least 1
  /// @param ticker nanoseconds
  public Rates(int perSecond, LongSupplier ticker) {
    this.perSecond = perSecond;
    this.ticker = ticker;
  }

  /// Takes one piece of somebody's budget, if there is one.
  public synchronized boolean take(K asker) {
    long now = ticker.getAsLong();
    boolean taken = rates.computeIfAbsent(asker, _ -> new Rate(perSecond, now)).take(now);
    if (rates.size() > ASKERS_MAX) {
      rates.remove(rates.keySet().iterator().next());
    }
    return taken;
  }
}

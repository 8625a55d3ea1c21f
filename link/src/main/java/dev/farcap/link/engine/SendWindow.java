package dev.farcap.link.engine;

/// What may still be sent: cost granted by the receiver less cost taken, both cumulative.
final class SendWindow {
  private long granted;
  private long taken;

  SendWindow(long initial) {
    granted = initial;
  }

  boolean fits(long cost) {
    return taken + cost <= granted;
  }

  void take(long cost) {
    taken += cost;
  }

  /// Raises the grant; a smaller or equal one is old news.
  void grant(long total) {
    granted = Math.max(granted, total);
  }
}

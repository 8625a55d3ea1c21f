package dev.farcap.link.engine;

/// What may still arrive: cost granted to the sender less cost received, both cumulative. The grant
/// follows what the reader has taken, at a distance of the window's size.
final class ReceiveWindow {
  private long size;
  private long granted;
  private long received;
  private long consumed;

  ReceiveWindow(long initial) {
    size = initial;
    granted = initial;
  }

  /// Counts a message's cost when its first chunk arrives.
  ///
  /// @throws WireException if the sender was not granted it
  void receive(long cost) {
    received += cost;
    if (received > granted) {
      throw new WireException("window exceeded: " + received + " of " + granted + " granted");
    }
  }

  /// Counts a message's cost when it has been taken or discarded.
  void consume(long cost) {
    consumed += cost;
  }

  /// Widens a window that was small while its session was not yet allowed.
  void widen(long newSize) {
    size = Math.max(size, newSize);
  }

  /// Whether a Credit is worth sending: half the window has been taken since the last one.
  boolean worthGranting() {
    return consumed + size - granted >= size / 2;
  }

  /// The new grant, as the sender will now see it.
  long grant() {
    granted = Math.max(granted, consumed + size);
    return granted;
  }

  /// The present grant.
  long granted() {
    return granted;
  }

  /// Cost that is held now.
  long held() {
    return received - consumed;
  }
}

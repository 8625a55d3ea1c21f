package dev.farcap.signals;

import dev.farcap.session.ObjectRef;
import dev.farcap.session.SignalPort;
import dev.farcap.session.SignalPort.SignalTransmitter;
import java.util.LinkedHashMap;
import java.util.Map;

/// The contexts that programs at one listener have raised lately: each costs a session, so it is
/// kept for the next time; at the bound the one not raised for longest goes. Thread-safe.
final class Transmitters {
  private static final int KEPT_MAX = 1_000;

  private final SignalPort port;
  private final LinkedHashMap<ObjectRef, SignalTransmitter> kept =
      new LinkedHashMap<>(16, 0.75f, true);

  Transmitters(SignalPort port) {
    this.port = port;
  }

  /// The means to raise a context; a fresh one where the last is known to be dead.
  synchronized SignalTransmitter to(ObjectRef reference) {
    SignalTransmitter known = kept.get(reference);
    if (known != null && !known.isDead()) {
      return known;
    }
    SignalTransmitter fresh = port.transmitter(reference);
    kept.put(reference, fresh);
    if (kept.size() > KEPT_MAX) {
      Map.Entry<ObjectRef, SignalTransmitter> eldest = kept.pollFirstEntry();
      eldest.getValue().close();
    }
    return fresh;
  }
}

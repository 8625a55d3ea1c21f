package dev.farcap.node;

import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalPort.SignalTransmitter;
import dev.farcap.stubs.lamp.LampSession;
import dev.farcap.stubs.lamp.Light;
import dev.farcap.stubs.lamp.Scene;
import dev.farcap.stubs.lamp.SceneError;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// A lamp with a signal: what a user's program serves.
final class HallLamp implements LampSession {
  final BlockingQueue<SignalTransmitter> signals = new LinkedBlockingQueue<>();
  private int level;

  @Override
  public synchronized int set(int newLevel, Optional<Integer> fadeMs) {
    int before = level;
    level = newLevel;
    signals.forEach(SignalTransmitter::submit);
    return before;
  }

  @Override
  public Scene find(String name) throws SceneException {
    throw new SceneException(SceneError.newBuilder().setDetail(name).build());
  }

  @Override
  public void remove(String name) {}

  @Override
  public synchronized void reset() {
    level = 0;
  }

  @Override
  public SessionStream<Light> watch(int count) {
    return SessionStream.of(Collections.nCopies(count, Light.getDefaultInstance()));
  }

  @Override
  public long play(Iterator<Light> requests) {
    long played = 0;
    for (; requests.hasNext(); requests.next()) {
      played++;
    }
    return played;
  }

  @Override
  public SessionStream<Light> dim(Iterator<Light> requests) {
    return SessionStream.of(requests);
  }

  @Override
  public void sigh(SignalTransmitter changed) {
    signals.add(changed);
  }
}

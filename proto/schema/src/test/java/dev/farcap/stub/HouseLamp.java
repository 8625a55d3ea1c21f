package dev.farcap.stub;

import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalPort.SignalTransmitter;
import dev.farcap.stubs.lamp.LampSession;
import dev.farcap.stubs.lamp.Light;
import dev.farcap.stubs.lamp.Scene;
import dev.farcap.stubs.lamp.SceneError;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A lamp as a user writes it: plain Java. Some levels and names make trouble, as the tests want.
final class HouseLamp implements LampSession {
  /// A level that takes for ever, until the thread is interrupted.
  static final int STUCK = 999;

  final CountDownLatch interrupted = new CountDownLatch(1);
  final CountDownLatch closed = new CountDownLatch(1);
  final AtomicInteger told = new AtomicInteger();
  final AtomicInteger played = new AtomicInteger();
  volatile @Nullable RuntimeException trouble;
  volatile @Nullable Thread teller;
  volatile @Nullable SignalTransmitter changed;
  volatile boolean playsOne;
  private int level;

  @Override
  public synchronized int set(int newLevel, Optional<Integer> fadeMs) {
    RuntimeException problem = trouble;
    if (problem != null) {
      throw problem;
    }
    if (newLevel == STUCK) {
      stay();
    }
    int before = level;
    level = newLevel + fadeMs.orElse(0);
    SignalTransmitter signal = changed;
    if (signal != null) {
      signal.submit();
    }
    return before;
  }

  private void stay() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      interrupted.countDown();
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public Scene find(String name) throws SceneException {
    if (!name.equals("evening")) {
      throw new SceneException(
          SceneError.newBuilder()
              .setReason(SceneError.Reason.LOCKED)
              .setDetail("no '" + name + "'")
              .build());
    }
    return Scene.newBuilder().putLights("door", light(7)).build();
  }

  @Override
  public void remove(String name) throws SceneException {
    find(name);
  }

  @Override
  public synchronized void reset() {
    level = 0;
  }

  /// Tells 0, 1, 2 and so on; blocks for ever where asked for a stuck one.
  @Override
  public SessionStream<Light> watch(int count) {
    return new SessionStream<>() {
      private int next;

      @Override
      public boolean hasNext() {
        teller = Thread.currentThread();
        if (count == STUCK && next == 1) {
          stay();
        }
        return next < count;
      }

      @Override
      public Light next() {
        told.incrementAndGet();
        return light(next++);
      }

      @Override
      public void close() {
        closed.countDown();
      }
    };
  }

  @Override
  public long play(Iterator<Light> requests) {
    while (requests.hasNext() && !(playsOne && played.get() == 1)) {
      requests.next();
      played.incrementAndGet();
    }
    return played.get();
  }

  @Override
  public SessionStream<Light> dim(Iterator<Light> requests) {
    return SessionStream.of(
        new Iterator<Light>() {
          @Override
          public boolean hasNext() {
            return requests.hasNext();
          }

          @Override
          public Light next() {
            return light(requests.next().getLevel() / 2);
          }
        });
  }

  @Override
  public void sigh(SignalTransmitter signal) {
    changed = signal;
  }

  static Light light(int level) {
    return Light.newBuilder().setLevel(level).build();
  }

  static Iterator<Light> lights(int count) {
    return IntStream.range(0, count).mapToObj(HouseLamp::light).iterator();
  }
}

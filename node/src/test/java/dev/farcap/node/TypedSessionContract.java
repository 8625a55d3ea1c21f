package dev.farcap.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.SessionStream;
import dev.farcap.session.SignalHandler;
import dev.farcap.stubs.lamp.LampSession;
import dev.farcap.stubs.lamp.Light;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What a user's own session does over a link, whoever speaks the link: the same stub, the same
/// server, with proxies between or without.
abstract class TypedSessionContract {
  private static final long PATIENCE_S = 30;

  final HallLamp lamp = new HallLamp();

  /// A session of [#lamp] at the other host, made anew.
  abstract LampSession.Client hall() throws Exception;

  static void await(Semaphore semaphore) throws InterruptedException {
    assertTrue(semaphore.tryAcquire(PATIENCE_S, TimeUnit.SECONDS), "it did not happen");
  }

  @Test
  void callsOfEveryKindPass() throws Exception {
    LampSession.Client hall = hall();
    int dimmed = 0;

    assertEquals(0, hall.set(7, Optional.empty()));
    assertEquals(7, hall.set(8, Optional.of(100)));
    assertEquals(
        "noon",
        assertThrows(LampSession.SceneException.class, () -> hall.find("noon"))
            .error()
            .getDetail());
    try (SessionStream<Light> lights = hall.watch(100)) {
      lights.forEachRemaining(light -> assertEquals(0, light.getLevel()));
    }
    Iterator<Light> many = Collections.nCopies(500, Light.getDefaultInstance()).iterator();
    assertEquals(500, hall.play(many));
    try (SessionStream<Light> lights =
        hall.dim(Collections.nCopies(500, Light.getDefaultInstance()).iterator())) {
      for (; lights.hasNext(); lights.next()) {
        dimmed++;
      }
    }
    assertEquals(500, dimmed);
  }

  @Test
  void signalOfTheServerReachesTheProgram() throws Exception {
    Semaphore raised = new Semaphore(0);

    try (LampSession.Client hall = hall();
        SignalHandler changed = new SignalHandler(_ -> raised.release())) {
      hall.sigh(changed);
      hall.set(1, Optional.empty());
      await(raised);
      hall.set(2, Optional.empty());
      await(raised);
    }
  }
}

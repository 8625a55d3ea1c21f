package dev.farcap.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.SignalPort.SignalContext;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class SignalHandlerTest {
  private static final int RAISES = 10_000;

  @Test
  void edgesWhileItRunsMakeOneMoreRun() {
    List<Long> told = new ArrayList<>();
    SignalHandler[] self = new SignalHandler[1];
    self[0] =
        new SignalHandler(
            edges -> {
              told.add(edges);
              if (told.size() == 1) {
                self[0].submit();
                self[0].raise(2);
              }
            });

    self[0].submit();

    assertEquals(List.of(1L, 3L), told);
  }

  @Test
  void itRunsOnceAtATimeAndMissesNoEdge() throws Exception {
    AtomicBoolean running = new AtomicBoolean();
    AtomicBoolean twice = new AtomicBoolean();
    AtomicLong sum = new AtomicLong();
    SignalHandler handler =
        new SignalHandler(
            edges -> {
              twice.compareAndSet(false, running.getAndSet(true));
              sum.addAndGet(edges);
              running.set(false);
            });
    CountDownLatch begin = new CountDownLatch(1);
    List<Thread> raising = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      raising.add(Thread.startVirtualThread(() -> raiseOften(handler, begin)));
    }

    begin.countDown();
    for (Thread each : raising) {
      each.join();
    }

    assertEquals(4L * RAISES, sum.get());
    assertFalse(twice.get());
  }

  private static void raiseOften(SignalHandler handler, CountDownLatch begin) {
    try {
      begin.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < RAISES; i++) {
      handler.submit();
    }
  }

  @Test
  void mistakeOfTheHandlerCostsNoEdge() throws Exception {
    List<Long> told = new ArrayList<>();
    List<Throwable> mistakes = new ArrayList<>();
    SignalHandler handler =
        new SignalHandler(
            edges -> {
              told.add(edges);
              throw new IllegalStateException("a mistake");
            });

    Thread raising =
        Thread.ofVirtual()
            .uncaughtExceptionHandler((_, mistake) -> mistakes.add(mistake))
            .start(
                () -> {
                  handler.submit();
                  handler.submit();
                });
    raising.join();

    assertEquals(List.of(1L, 1L), told);
    assertEquals(2, mistakes.size());
  }

  @Test
  void closedHandlerIsDeadAndFreesItsContexts() {
    List<Long> told = new ArrayList<>();
    Context before = new Context();
    Context after = new Context();
    SignalHandler handler = new SignalHandler(told::add);
    handler.reachedBy(before);

    handler.close();
    handler.submit();
    handler.reachedBy(after);

    assertTrue(handler.isDead());
    assertEquals(List.of(), told);
    assertTrue(before.isDead());
    assertTrue(after.isDead());
  }

  private static final class Context implements SignalContext {
    private boolean dead;

    @Override
    public ObjectRef reference() {
      throw new UnsupportedOperationException("nobody asks");
    }

    @Override
    public boolean isDead() {
      return dead;
    }

    @Override
    public void close() {
      dead = true;
    }
  }
}

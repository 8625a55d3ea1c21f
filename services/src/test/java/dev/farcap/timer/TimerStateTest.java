package dev.farcap.timer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.SignalHandler;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// One session's timer, in a time that stands still between steps.
final class TimerStateTest {
  private final EmbeddedChannel clock = new EmbeddedChannel();
  private final AtomicLong nanos = new AtomicLong(7);
  private final AtomicLong raised = new AtomicLong();
  private final SignalHandler signal = new SignalHandler(raised::addAndGet);
  private TimerState timer;

  @BeforeEach
  void start() {
    clock.freezeTime();
    timer = new TimerState(clock.eventLoop(), nanos::get);
    timer.sigh(signal);
  }

  private void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
    clock.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
    clock.runPendingTasks();
  }

  @Test
  void onceRaisesWhenItIsDueAndThenNoMore() {
    timer.triggerOnce(5_000);

    pass(4);
    assertEquals(0, raised.get());
    pass(1);
    assertEquals(1, raised.get());
    pass(1_000);
    assertEquals(1, raised.get());
  }

  @Test
  void periodicRaisesAtMultiplesOfItsPeriod() {
    timer.triggerPeriodic(10_000);

    for (int i = 0; i < 35; i++) {
      pass(1);
    }

    assertEquals(3, raised.get());
  }

  @Test
  void zeroSwitchesPeriodicOff() {
    timer.triggerPeriodic(10_000);
    pass(10);

    timer.triggerPeriodic(0);
    pass(1_000);

    assertEquals(1, raised.get());
  }

  @Test
  void settingReplacesTheOneBefore() {
    timer.triggerPeriodic(10_000);
    timer.triggerOnce(50_000);

    pass(49);
    assertEquals(0, raised.get());
    pass(500);
    assertEquals(1, raised.get());
  }

  @Test
  void signalReplacesTheOneBefore() {
    AtomicLong other = new AtomicLong();
    timer.triggerPeriodic(1_000);

    timer.sigh(new SignalHandler(other::addAndGet));
    pass(1);

    assertEquals(0, raised.get());
    assertEquals(1, other.get());
    assertTrue(signal.isDead(), "the one before was not given back");
  }

  @Test
  void elapsedCountsFromTheBeginning() {
    pass(1_500);

    assertEquals(1_500_000, timer.elapsed());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 999, -1, Long.MIN_VALUE, 366L * 86_400_000_000L + 1})
  void periodOutOfRangeIsRefusedAndChangesNothing(long micros) {
    timer.triggerPeriodic(1_000);

    StatusRuntimeException failure =
        assertThrows(StatusRuntimeException.class, () -> timer.triggerPeriodic(micros));
    pass(1);

    assertEquals(Status.Code.INVALID_ARGUMENT, failure.getStatus().getCode());
    assertEquals(1, raised.get());
  }

  @Test
  void endOfSessionSwitchesOffForGood() {
    timer.triggerPeriodic(1_000);

    timer.close();
    timer.triggerOnce(0);
    pass(1_000);

    assertEquals(0, raised.get());
    assertTrue(signal.isDead(), "the signal was not given back");
  }
}

package dev.farcap.timer;

import dev.farcap.session.SignalPort.SignalTransmitter;
import dev.farcap.timer.v1.TimerSession;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The timer of one session. Thread-safe.
final class TimerState implements TimerSession, AutoCloseable {
  /// Less would be noise on any network, and a way to keep a host busy.
  private static final long PERIOD_MICROS_MIN = 1_000;

  /// Longer than any session lives.
  private static final long MICROS_MAX = TimeUnit.DAYS.toMicros(366);

  private final ScheduledExecutorService scheduler;
  private final LongSupplier nanoTime;
  private final long begunNanos;
  private @Nullable SignalTransmitter signal;
  private @Nullable Future<?> set;
  private boolean closed;

  TimerState(ScheduledExecutorService scheduler, LongSupplier nanoTime) {
    this.scheduler = scheduler;
    this.nanoTime = nanoTime;
    begunNanos = nanoTime.getAsLong();
  }

  @Override
  public synchronized void sigh(SignalTransmitter context) {
    dropSignal();
    if (closed) {
      context.close();
    } else {
      signal = context;
    }
  }

  @Override
  public synchronized void triggerOnce(long micros) {
    checkAtMost(micros);
    replace(() -> scheduler.schedule(this::due, micros, TimeUnit.MICROSECONDS));
  }

  @Override
  public synchronized void triggerPeriodic(long micros) {
    checkAtMost(micros);
    if (micros == 0) {
      off();
      return;
    }
    if (micros < PERIOD_MICROS_MIN) {
      throw invalid("period is %d µs, at least %d".formatted(micros, PERIOD_MICROS_MIN));
    }
    replace(() -> scheduler.scheduleAtFixedRate(this::due, micros, micros, TimeUnit.MICROSECONDS));
  }

  @Override
  public long elapsed() {
    return TimeUnit.NANOSECONDS.toMicros(nanoTime.getAsLong() - begunNanos);
  }

  private static void checkAtMost(long micros) {
    if (Long.compareUnsigned(micros, MICROS_MAX) > 0) {
      throw invalid("time is %s µs, limit %d".formatted(Long.toUnsignedString(micros), MICROS_MAX));
    }
  }

  private static StatusRuntimeException invalid(String message) {
    return Status.INVALID_ARGUMENT.withDescription(message).asRuntimeException();
  }

  private interface Setting {
    Future<?> set();
  }

  private void replace(Setting setting) {
    off();
    if (!closed) {
      set = setting.set();
    }
  }

  private void off() {
    if (set != null) {
      set.cancel(false);
      set = null;
    }
  }

  private synchronized void due() {
    if (signal != null) {
      signal.submit();
    }
  }

  private void dropSignal() {
    if (signal != null) {
      signal.close();
      signal = null;
    }
  }

  /// Off for good.
  @Override
  public synchronized void close() {
    closed = true;
    off();
    dropSignal();
  }
}

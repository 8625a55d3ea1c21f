package dev.farcap.timer;

import dev.farcap.session.SignalPort;
import dev.farcap.stub.SessionTable;
import dev.farcap.timer.v1.TimerSession;
import io.grpc.ServerServiceDefinition;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.LongSupplier;

/// Serves timers, one for each session.
///
///     TimerServer timers = new TimerServer(signals, loop, System::nanoTime);
///     builder.addService(timers.service());
///
/// The timer of a session that ends is off. Costs nothing while no timer is set. Thread-safe.
public final class TimerServer implements AutoCloseable {
  /// A timer each, some hundred bytes: one megabyte at the bound.
  private static final int SESSIONS_MAX = 10_000;

  private final SignalPort signals;
  private final SessionTable<TimerState> timers;

  /// @param signals raises the signals of sessions
  /// @param scheduler runs what is due: short tasks that do not block, an event loop will do
  /// @param nanoTime nanoseconds since some instant, of the scheduler's time
  public TimerServer(
      SignalPort signals, ScheduledExecutorService scheduler, LongSupplier nanoTime) {
    this.signals = signals;
    timers = new SessionTable<>(SESSIONS_MAX, _ -> new TimerState(scheduler, nanoTime));
  }

  /// The service `farcap.timer.v1.Timer`, for any gRPC server or back door.
  public ServerServiceDefinition service() {
    return TimerSession.serverPerSession(timers, signals);
  }

  /// Switches all timers off.
  @Override
  public void close() {
    timers.close();
  }
}

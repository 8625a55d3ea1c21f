package dev.farcap.transport.faulty;

import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One dial over a [FaultyLine]: a round trip, then the other medium's dial, as soon as no
/// direction is parted. Lives on the loop of the connection to be.
final class FaultyDial implements Dialer.DialHandler {
  /// How long an answer is waited for.
  private static final long TIMEOUT_SECONDS = 5;

  private final FaultyLine line;
  private final Dialer behind;
  private final String address;
  private final EventLoop loop;
  private final Dialer.DialHandler handler;
  private @Nullable Future<?> timeout;
  private boolean done;

  FaultyDial(
      FaultyLine line, Dialer behind, String address, EventLoop loop, Dialer.DialHandler handler) {
    this.line = line;
    this.behind = behind;
    this.address = address;
    this.loop = loop;
    this.handler = handler;
  }

  /// By any thread.
  ///
  /// @param roundTripNanos of the line
  void begin(long roundTripNanos) {
    if (roundTripNanos == 0 && !line.isParted()) {
      behind.dial(address, loop, this);
    } else {
      var _ = loop.schedule(this::knock, roundTripNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void knock() {
    timeout = loop.schedule(this::giveUp, TIMEOUT_SECONDS, TimeUnit.SECONDS);
    line.waits(this);
    goOn();
  }

  /// By any thread: the line may have healed.
  void healed() {
    try {
      loop.execute(this::goOn);
    } catch (RejectedExecutionException _) {
      // The loop has ended, and nobody waits.
    }
  }

  private void goOn() {
    if (line.isParted() || !finish()) {
      return;
    }
    try {
      behind.dial(address, loop, this);
    } catch (IllegalArgumentException otherForm) {
      handler.failed(String.valueOf(otherForm.getMessage()));
    }
  }

  private void giveUp() {
    if (finish()) {
      handler.failed(address + ": timed out: no answer to the attempt to connect");
    }
  }

  private boolean finish() {
    boolean first = !done;
    done = true;
    line.waitsNoMore(this);
    if (timeout != null) {
      timeout.cancel(false);
    }
    return first;
  }

  @Override
  public ConnectionListener connected(Connection connection) {
    return line.open(connection, handler::connected);
  }

  @Override
  public void failed(String reason) {
    handler.failed(reason);
  }
}

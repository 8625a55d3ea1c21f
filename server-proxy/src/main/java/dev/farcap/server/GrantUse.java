package dev.farcap.server;

import dev.farcap.capability.Grant;
import dev.farcap.door.Rate;
import dev.farcap.session.Failure;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.SessionHost;
import io.grpc.ServerMethodDefinition;
import java.util.concurrent.Executor;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the sessions of one grant use together on this host: how many are open, and how many calls
/// they begin a second. Thread-safe.
final class GrantUse {
  private final Grant.Limits limits;
  private final LongSupplier ticker;
  private final Rate calls;
  private int sessions;

  GrantUse(Grant.Limits limits, LongSupplier ticker) {
    this.limits = limits;
    this.ticker = ticker;
    calls = new Rate(limits.callsPerSecond(), ticker.getAsLong());
  }

  /// Makes a session that was [claimed][#claim()]: counts its calls, until it is closed.
  ///
  /// @param maker makes what serves it
  SessionHost host(Supplier<SessionHost> maker) {
    try {
      return new Metered(maker.get());
    } catch (RuntimeException e) {
      release();
      throw e;
    }
  }

  /// Counts a session.
  ///
  /// @throws NotHostedException if the grant's sessions are all open
  synchronized void claim() {
    if (sessions >= limits.sessions()) {
      throw new NotHostedException(
          overloaded("the grant's " + limits.sessions() + " sessions are open"));
    }
    sessions++;
  }

  private synchronized void release() {
    sessions--;
  }

  /// Whether nothing is lost if it is forgotten.
  synchronized boolean isIdle() {
    return sessions == 0 && calls.isFull(ticker.getAsLong());
  }

  private static Failure overloaded(String why) {
    return Failure.notExecuted(Failure.Kind.OVERLOADED, why);
  }

  /// One session.
  private final class Metered implements SessionHost {
    private final SessionHost host;

    Metered(SessionHost host) {
      this.host = host;
    }

    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      if (!calls.take(ticker.getAsLong())) {
        throw overloaded("the grant allows " + limits.callsPerSecond() + " calls a second")
            .exception(BackDoor.ORIGIN);
      }
      return host.method(name);
    }

    @Override
    public @Nullable Executor executor(String name) {
      return host.executor(name);
    }

    @Override
    public void signalled(long count) {
      host.signalled(count);
    }

    @Override
    public void closed(String reason) {
      release();
      host.closed(reason);
    }
  }
}

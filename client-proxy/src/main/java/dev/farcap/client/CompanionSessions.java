package dev.farcap.client;

import static dev.farcap.client.FrontDoor.ORIGIN;

import dev.farcap.session.Failure;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import io.grpc.Channel;
import io.grpc.StatusRuntimeException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Sessions of the door's own, in which it asks their [dev.farcap.session.Companion]s. One for each
/// service and label, closed when it has not been used for a while. On the door's loop only.
final class CompanionSessions {
  /// A tool's questions, and the probes of a supervisor, share a session.
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(30);

  /// As many as a large host has services.
  private static final int SESSIONS_MAX = 1_024;

  private final Reach reach;
  private final LoopTime time;
  private final Map<SessionRequest, Asked> sessions = new HashMap<>();

  CompanionSessions(Reach reach, LoopTime time) {
    this.reach = reach;
    this.time = time;
  }

  private record Asked(ReopeningChannel channel, Uses uses) {}

  /// A session in use until it is closed.
  interface Use extends AutoCloseable {
    /// Its companions.
    Channel channel();

    @Override
    void close();
  }

  /// Finds the session or makes one; it opens at the first call.
  ///
  /// @throws StatusRuntimeException if there are too many
  Use use(SessionRequest request) {
    Asked asked = sessions.get(request);
    Asked used = asked == null ? make(request) : asked;
    used.uses().begin();
    return new Use() {
      @Override
      public Channel channel() {
        return used.channel();
      }

      @Override
      public void close() {
        used.uses().end();
      }
    };
  }

  private Asked make(SessionRequest request) {
    if (sessions.size() >= SESSIONS_MAX) {
      throw Failure.notExecuted(
              Failure.Kind.OVERLOADED,
              "listener asks about " + SESSIONS_MAX + " services, its limit")
          .exception(ORIGIN);
    }
    Asked fresh = new Asked(new ReopeningChannel(reach::open, request), new Uses(time));
    sessions.put(request, fresh);
    fresh.uses().watchIdle(IDLE_NANOS, () -> end(request));
    return fresh;
  }

  private void end(SessionRequest request) {
    end(sessions.remove(request), CloseReason.UNUSED);
  }

  private static void end(@Nullable Asked asked, CloseReason reason) {
    if (asked != null) {
      asked.uses().stop();
      asked.channel().retire(reason);
    }
  }

  void close() {
    sessions.values().forEach(asked -> end(asked, CloseReason.SHUTDOWN));
    sessions.clear();
  }
}

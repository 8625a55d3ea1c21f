package dev.farcap.session;

import io.grpc.Channel;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One opened session, on the side that opened it.
///
/// Opening is asynchronous: a session may be used at once, its first calls share a flight with the
/// request to open it, and wait or fail with it. All methods may be called by any thread and never
/// block.
///
/// Closing it says that its user is done. Calls still in flight then end UNAVAILABLE.
public interface Session extends AutoCloseable {
  /// Where a session is in its life. It only moves down, except between ACTIVE and SUSPENDED.
  enum State {
    /// Asked for; calls wait.
    OPENING,
    /// Calls reach the server.
    ACTIVE,
    /// The link is away and may come back; calls wait for it.
    SUSPENDED,
    /// No new calls; those in flight may finish.
    CLOSING,
    /// Over.
    CLOSED
  }

  /// What was asked for.
  SessionRequest request();

  /// Where it is in its life, as last seen by the loop that owns it.
  State state();

  /// Calls methods of the session's service and of its [Companion]s. Calls of other services end
  /// UNIMPLEMENTED.
  Channel channel();

  /// Raises the object this session stands for: counts one edge. No effect once closed.
  void submit();

  /// Registers who learns of the end; runs at once if it is over already. May be called several
  /// times; each listener runs exactly once, on the session's loop, and must not block.
  void onClosed(Consumer<Failure> listener);

  /// Why it is over, null before.
  @Nullable Failure failure();

  /// Ends it because its user is done. No effect the second time.
  @Override
  default void close() {
    close(CloseReason.UNUSED);
  }

  /// Ends it. Calls in flight may finish for 5 s where the reason is a changed route, else they end
  /// UNAVAILABLE.
  void close(CloseReason reason);

  /// Why a session is closed by the side that opened it.
  enum CloseReason {
    /// Its user is gone or was idle.
    UNUSED,
    /// Its route or label has changed: unary calls in flight may finish within 5 s.
    REROUTED,
    /// The process is going away.
    SHUTDOWN
  }
}

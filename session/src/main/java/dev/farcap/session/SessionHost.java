package dev.farcap.session;

import io.grpc.ServerMethodDefinition;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// Serves the calls of one accepted session.
///
/// Called by the link's event loop only; must not block.
public interface SessionHost {
  /// What serves a method, or null if the session's server lacks it.
  ///
  /// @param name the bare method name, without the service; the full one of a [Companion]'s
  /// @throws io.grpc.StatusRuntimeException if the method exists, but this session may not call it
  ///   (PERMISSION_DENIED), or not now, at a bound (RESOURCE_EXHAUSTED)
  @Nullable ServerMethodDefinition<?, ?> method(String name);

  /// Where a method runs, one callback of a call at a time; null for where the link runs callbacks:
  /// its event loop, if nothing else was chosen, where it must not block.
  ///
  /// @param name as for [#method]
  default @Nullable Executor executor(String name) {
    return null;
  }

  /// The peer raised the signal this session stands for.
  ///
  /// @param count edges since the session opened, cumulative; merged, so it may jump
  default void signalled(long count) {}

  /// The session is gone: frees what it held. Called exactly once.
  ///
  /// @param reason one line for the log
  default void closed(String reason) {}
}

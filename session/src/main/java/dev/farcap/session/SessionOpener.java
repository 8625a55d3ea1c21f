package dev.farcap.session;

/// Opens sessions towards some provider: what stands behind a front door. Thread-safe.
@FunctionalInterface
public interface SessionOpener {
  /// Opens a session. Never blocks and never throws for what only the other side can know: a
  /// session that may not open is returned OPENING and closes with the reason, and so do its calls.
  ///
  /// @throws io.grpc.StatusRuntimeException if it is refused here and now: no route, no grant, or a
  ///   bound of this process; with the trailers of [Failure#trailers(String)]
  Session open(SessionRequest request);
}

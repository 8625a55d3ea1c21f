package dev.farcap.session;

import java.util.function.LongConsumer;

/// Where a program raises and handles signals: notifications without payload, reply or sender.
///
/// A duplicate is harmless; the newest edge is never lost. Counts are cumulative and merged by
/// maximum, so a context costs one counter however often it is raised. Source of the concept:
/// Genode's signals. All methods may be called by any thread; only [#create] may wait, for a proxy
/// in another process of this host.
///
/// Two implementations: the link's own, and one over the gRPC service `farcap.signal.v1.Signals`,
/// for programs in other processes.
public interface SignalPort {
  /// Makes a context and registers its handler. Handlers of one context run one at a time; each run
  /// sees all edges since the last one. It must not block.
  ///
  /// @param passedTo the session the context will be passed to: only its peer may raise it
  /// @param handler receives the number of edges since its last run, at least 1
  /// @throws io.grpc.StatusRuntimeException if there is no route or a bound is met
  SignalContext create(SessionRequest passedTo, LongConsumer handler);

  /// The means to raise a context that came in a message.
  ///
  /// @param context where it lives; a dead one is raised without effect
  SignalTransmitter transmitter(ObjectRef context);

  /// A context of this program's own. Closing it frees it; raising it afterwards has no effect.
  interface SignalContext extends AutoCloseable {
    /// What to put into a message so that the other side can raise it.
    ObjectRef reference();

    /// Whether it was closed, or has died with the stream that kept it: then its handler has run
    /// once more, and what it watches should be looked at and be given a new context.
    boolean isDead();

    @Override
    void close();
  }

  /// Raises one context.
  interface SignalTransmitter extends AutoCloseable {
    /// Raises it. Never blocks, never fails visibly.
    void submit();

    /// Whether the context is known to be gone: raising it has no effect any more.
    boolean isDead();

    /// Frees it. An edge raised just before may go with it: keep it for as long as it is used.
    @Override
    void close();
  }
}

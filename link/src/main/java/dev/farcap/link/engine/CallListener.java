package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What happens to a call. All methods run on the engine's thread and may call back into it.
public interface CallListener {
  /// A whole message, one of those requested. The listener owns it.
  void message(ByteBuf message);

  /// The call takes more messages again after it did not.
  void ready();

  /// What a caller learns.
  interface Caller extends CallListener {
    /// The callee's headers; at most once, before any message.
    void headers(byte[][] metadata);

    /// The end; exactly once, last, after every message.
    ///
    /// @param code gRPC status code
    void returned(int code, String description, byte[][] trailers);
  }

  /// What a callee learns.
  interface Callee extends CallListener {
    /// No further message comes.
    void halfClosed();

    /// The caller, its deadline, its session or its link is gone; last. What the callee still says
    /// is dropped.
    ///
    /// @param deadline whether it was the deadline
    void cancelled(boolean deadline, String reason);

    /// The call has been answered in full; last.
    void completed();
  }

  /// Serves the calls of a hosted session.
  interface Host {
    /// A call begins.
    ///
    /// @param deadlineNanos by the engine's clock, or null for none
    Callee begin(HostedCall call, String method, byte[][] metadata, @Nullable Long deadlineNanos);

    /// The object of the session was raised.
    ///
    /// @param count edges since the session opened
    void signalled(long count);

    /// The session is over; last.
    void closed(String reason);
  }
}

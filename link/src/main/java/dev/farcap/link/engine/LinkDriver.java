package dev.farcap.link.engine;

import dev.farcap.session.Failure;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// The effects of a [LinkEngine]: what it wants done by whoever owns connection, clock and threads.
/// Called by the engine's thread only, from within the engine's own methods.
public interface LinkDriver {
  /// Sends a frame on the present connection and takes it over.
  void send(ByteBuf frame);

  /// Sends out what was queued.
  void flush();

  /// Whether the connection takes more data now.
  boolean isWritable();

  /// Has the present connection read, or leave what comes unread. A fresh one reads.
  void setReading(boolean reading);

  /// Ends the present connection; no [LinkEngine#disconnected] follows.
  void closeConnection(String reason);

  /// Asks for [LinkEngine#pump()] at the end of the present turn.
  void wake();

  /// Asks for [LinkEngine#timer()] at that time; replaces the former wish. `Long.MAX_VALUE`: none.
  void schedule(long atNanos);

  /// Asks the gate off this thread; the answer comes by [LinkEngine#decided].
  ///
  /// @param token what the session presents, or null
  void decide(HostedSession session, byte @Nullable [] token);

  /// The link came up, was suspended or ended.
  ///
  /// @param reason for SUSPENDED and ENDED: one line
  void stateChanged(LinkEngine.State state, String reason);

  /// The peer drains: no new session and no new call here.
  void draining(Failure reason);
}

package dev.farcap.transport;

import io.netty.buffer.ByteBuf;

/// What happens on a [Connection]. All methods run on its event loop, none from within a method of
/// the connection. One that throws ends the connection.
public interface ConnectionListener {
  /// A whole frame came. The listener owns the buffer and releases it.
  ///
  /// @param frame 1..[Connection#FRAME_BYTES_MAX] readable bytes
  void frame(ByteBuf frame);

  /// No further frame is at hand: the moment to flush what the last frames caused.
  void readComplete();

  /// [Connection#isWritable()] became true again.
  void writable();

  /// The connection is gone. Called exactly once and last.
  ///
  /// @param reason one line: who ended it and why
  void closed(String reason);
}

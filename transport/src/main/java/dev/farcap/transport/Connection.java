package dev.farcap.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;

/// Carries whole frames, in order and unaltered, to one proven peer and back.
///
/// A connection belongs to one event loop: every method is called there, and every callback of its
/// [ConnectionListener] runs there. Frames are opaque. Nothing is delivered before the peer has
/// been proven by TLS and admitted by the [ConnectionPolicy].
public interface Connection {
  /// Bound of a frame in either direction: one TLS record's payload with room for a header, and the
  /// largest control frame (metadata and an 8 KiB token).
  int FRAME_BYTES_MAX = 64 << 10;

  /// Name of the medium as in addresses: `tls`, `inprocess`.
  String medium();

  /// Who is at the other end.
  Principal peer();

  /// The loop this connection belongs to.
  EventLoop eventLoop();

  /// Queues one frame; [#flush()] sends it. Takes over one reference to the buffer. After the
  /// connection was closed the frame is released and dropped.
  ///
  /// @param frame 1..[#FRAME_BYTES_MAX] readable bytes
  /// @throws IllegalArgumentException if the frame is empty or longer; it is then released
  void send(ByteBuf frame);

  /// Sends what was queued.
  void flush();

  /// Whether more should be sent now: false once about 128 KiB wait in this process or the socket.
  /// Sending all the same is not refused, it costs memory.
  boolean isWritable();

  /// Stops or resumes delivery of frames; what is under way when it stops is still delivered.
  void setReading(boolean reading);

  /// Ends the connection. Frames flushed before are sent where the medium can still do so.
  ///
  /// @param reason one line for the log of this side; the peer sees only an end
  void close(String reason);
}

package dev.farcap.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import org.jspecify.annotations.Nullable;

/// Carries whole frames, in order and unaltered, to one proven peer and back.
///
/// A connection belongs to one event loop: every method is called there, and every callback of its
/// [ConnectionListener] runs there, never from within a method of the connection. Frames are
/// opaque. Nothing is delivered before the peer has been proven and admitted by the
/// [ConnectionPolicy].
///
/// ```
/// while (connection.isWritable() && more()) {
///   connection.send(next());
/// }
/// connection.flush(); // and again when the listener hears writable()
/// ```
public interface Connection {
  /// Bound of a frame in either direction: several TLS records' payload, and the largest control
  /// frame (metadata and an 8 KiB token).
  int FRAME_BYTES_MAX = 64 << 10;

  /// The longest frame that travels as one TLS record (16 KiB of plaintext less the length prefix).
  /// Longer ones work; they cost a second record and one more copy where they arrive.
  int RECORD_FRAME_BYTES_MAX = (16 << 10) - 4;

  /// Name of the medium as in addresses: `tls`, `quic`, `nic`, `shm`, `inprocess`.
  String medium();

  /// Who is at the other end.
  Principal peer();

  /// The loop this connection belongs to.
  EventLoop eventLoop();

  /// Queues one frame; [#flush()] sends it. Takes over one reference to the buffer. After the
  /// connection has ended the frame is released and dropped.
  ///
  /// @param frame 1..[#FRAME_BYTES_MAX] readable bytes
  /// @throws IllegalArgumentException if the frame is empty or longer; it is then released
  void send(ByteBuf frame);

  /// What every medium's [#send] looks at first.
  ///
  /// @throws IllegalArgumentException if the frame is empty or too long; it is then released
  static void check(ByteBuf frame) {
    int bytes = frame.readableBytes();
    if (bytes < 1 || bytes > FRAME_BYTES_MAX) {
      frame.release();
      throw new IllegalArgumentException(
          "frame is " + bytes + " bytes, limits 1.." + FRAME_BYTES_MAX);
    }
  }

  /// Sends what was queued.
  void flush();

  /// Whether more should be sent now. Sending all the same is not refused, it costs memory.
  ///
  /// False once about 128 KiB wait in this process or the socket; over QUIC, once anything waits
  /// that its library does not take. That takes about a congestion window beside the one that is on
  /// its way, so who sends only while this holds still has up to two of them before its next frame:
  /// 200 to 300 KiB at 10 Mbit/s where the line's queue holds 64 KiB, and about 1 MiB, almost a
  /// second, where it holds more.
  boolean isWritable();

  /// What is known of the way to the peer, or null if this medium knows nothing or the connection
  /// has ended.
  default @Nullable PathFacts path() {
    return null;
  }

  /// Stops or resumes delivery of frames. Nothing is lost: the peer is slowed once the buffers in
  /// between are full. If the connection ends meanwhile, the frames held back are delivered first.
  void setReading(boolean reading);

  /// Ends the connection, once; later calls do nothing. Frames flushed before are sent where the
  /// medium can still do so; no frame is delivered from now on. The listener hears
  /// [ConnectionListener#closed] with this reason soon after, whatever the peer does.
  ///
  /// @param reason one line for the log of this side; the peer sees only an end
  void close(String reason);
}

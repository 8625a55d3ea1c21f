package dev.farcap.transport.stream;

import dev.farcap.transport.Connection;
import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Turns frames into writes of at most one TLS record each.
///
/// A frame that fits into a record is copied beside its neighbours of the same flush, as many whole
/// ones as fit; the reader then finds whole frames in one decrypted buffer and cuts them out
/// without copying. For small frames that is most of the speed; for one that fills its record the
/// copy measures the same as the second record, and the copy at the reader, that it saves. A longer
/// frame follows its header uncopied. Lives on the channel's loop.
final class FrameWriter {
  static final int PREFIX_BYTES = 4;

  private static final int RECORD_BYTES_MAX = PREFIX_BYTES + Connection.RECORD_FRAME_BYTES_MAX;
  private static final int RECORD_BYTES_MIN = 512;

  private final Channel channel;
  private final TransportCounters counters;
  private @Nullable ByteBuf record;
  private int usualBytes = RECORD_BYTES_MIN;
  private int frames;
  private long bytes;

  FrameWriter(Channel channel, TransportCounters counters) {
    this.channel = channel;
    this.counters = counters;
  }

  /// Takes over a frame of valid length.
  void add(ByteBuf frame) {
    int length = frame.readableBytes();
    frames++;
    bytes += length;
    if (length <= Connection.RECORD_FRAME_BYTES_MAX) {
      room(PREFIX_BYTES + length).writeInt(length).writeBytes(frame);
      frame.release();
    } else {
      room(PREFIX_BYTES).writeInt(length);
      writeRecord();
      var _ = channel.write(frame, channel.voidPromise());
    }
  }

  void flush() {
    writeRecord();
    channel.flush();
    counters.sent(frames, bytes);
    frames = 0;
    bytes = 0;
  }

  void discard() {
    if (record != null) {
      record.release();
      record = null;
    }
  }

  private ByteBuf room(int needed) {
    if (record != null && record.readableBytes() + needed > RECORD_BYTES_MAX) {
      writeRecord();
    }
    ByteBuf open = record;
    if (open == null) {
      open = channel.alloc().directBuffer(Math.max(needed, usualBytes), RECORD_BYTES_MAX);
      record = open;
    }
    return open;
  }

  private void writeRecord() {
    ByteBuf full = record;
    if (full != null) {
      record = null;
      usualBytes = Math.max(RECORD_BYTES_MIN, full.readableBytes());
      var _ = channel.write(full, channel.voidPromise());
    }
  }
}

package dev.farcap.transport.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Takes frames from a socket, a batch at a time, all into one buffer. Packets are slices of it; if
/// one is kept by whom it was given, the next batch has another buffer. Bound to its loop.
final class Incoming {
  private final ByteBufAllocator allocator;
  private final MessageVector frames;
  private int frameBytesMax;
  private ByteBuf buffer;
  private @Nullable Endpoint sender;
  private @Nullable InetSocketAddress senderAddress;

  /// @param batch frames at once
  /// @param frameBytesMax room for each; longer ones are malformed
  Incoming(ByteBufAllocator allocator, int batch, int frameBytesMax) {
    this.allocator = allocator;
    this.frames = new MessageVector(allocator, batch, 1);
    this.frameBytesMax = frameBytesMax;
    this.buffer = fresh();
  }

  private ByteBuf fresh() {
    int bytes = frames.slots() * frameBytesMax;
    ByteBuf made = allocator.directBuffer(bytes, bytes);
    for (int slot = 0; slot < frames.slots(); slot++) {
      frames.set(slot, 0, made.memoryAddress() + (long) slot * frameBytesMax, frameBytesMax);
    }
    return made.writerIndex(bytes);
  }

  /// Has room for frames of another length from now on.
  void resize(int bytes) {
    if (bytes != frameBytesMax) {
      buffer.release();
      frameBytesMax = bytes;
      buffer = fresh();
    }
  }

  /// Frames at once.
  int batch() {
    return frames.slots();
  }

  /// Fetches a batch.
  ///
  /// @return how many, 0 if there are none
  int receive(PacketSocket socket) {
    if (buffer.refCnt() > 1) {
      buffer.release();
      buffer = fresh();
    }
    // An error is the interface's: it went down. Reading has told it, and does not tell it again.
    return Math.max(0, socket.receive(frames));
  }

  /// The packet in a frame of the batch.
  ///
  /// @param recipient this end
  /// @return null if the frame is malformed
  @Nullable DatagramPacket packet(int slot, InetSocketAddress recipient) {
    ByteBuf frame =
        buffer.slice(slot * frameBytesMax, Math.min(frames.length(slot), frameBytesMax));
    FrameHeader header = frames.isCut(slot) ? null : FrameHeader.read(frame);
    if (header == null) {
      return null;
    }
    ByteBuf content =
        buffer.retainedSlice(slot * frameBytesMax + FrameHeader.BYTES, header.packetBytes());
    return new DatagramPacket(content, recipient, sender(header, recipient));
  }

  /// Most frames are from whom the last one was.
  private InetSocketAddress sender(FrameHeader header, InetSocketAddress recipient) {
    InetSocketAddress known = senderAddress;
    if (known != null
        && sender != null
        && sender.mac().equals(header.source())
        && sender.port() == header.sourcePort()) {
      return known;
    }
    Endpoint self = Endpoint.of(recipient);
    Endpoint from =
        new Endpoint(self.nicIndex(), self.etherType(), header.source(), header.sourcePort());
    InetSocketAddress address = from.toSocketAddress();
    sender = from;
    senderAddress = address;
    return address;
  }

  void release() {
    buffer.release();
    frames.release();
  }
}

package dev.farcap.transport.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/// Puts headers before packets, a batch at a time, without moving the packets. Bound to its loop.
final class Outgoing {
  private final MessageVector frames;
  private final ByteBuf headers;
  private Endpoint self;
  private @Nullable InetSocketAddress peerAddress;
  private @Nullable Endpoint peer;

  /// @param batch frames at once
  /// @param self where frames are from
  Outgoing(ByteBufAllocator allocator, int batch, Endpoint self) {
    int bytes = batch * FrameHeader.BYTES;
    this.frames = new MessageVector(allocator, batch, 2);
    this.headers = allocator.directBuffer(bytes, bytes).writeZero(bytes);
    this.self = self;
    for (int slot = 0; slot < batch; slot++) {
      int at = slot * FrameHeader.BYTES;
      frames.set(slot, 0, headers.memoryAddress() + at, FrameHeader.BYTES);
    }
  }

  /// Frames are from here, from now on.
  void from(Endpoint other) {
    self = other;
  }

  /// Makes frames of the next packets, up to the first that is too long.
  ///
  /// @return how many; they stay in the queue
  int gather(ChannelOutboundBuffer packets, int packetBytesMax) throws Exception {
    Gathering gathering = new Gathering(packetBytesMax);
    packets.forEachFlushedMessage(gathering);
    return gathering.count;
  }

  private final class Gathering implements ChannelOutboundBuffer.MessageProcessor {
    private final int packetBytesMax;
    private int count;

    Gathering(int packetBytesMax) {
      this.packetBytesMax = packetBytesMax;
    }

    @Override
    public boolean processMessage(Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      ByteBuf content = packet.content();
      int bytes = content.readableBytes();
      if (bytes < 1 || bytes > packetBytesMax || count == frames.slots()) {
        return false;
      }
      Endpoint to = peer(packet.recipient());
      new FrameHeader(to.mac(), self.mac(), self.etherType(), bytes, to.port(), self.port())
          .write(headers, count * FrameHeader.BYTES);
      frames.set(count, 1, content.memoryAddress() + content.readerIndex(), bytes);
      count++;
      return true;
    }
  }

  private Endpoint peer(InetSocketAddress address) {
    Endpoint known = peer;
    if (known == null || !address.equals(peerAddress)) {
      known = Endpoint.of(address);
      peer = known;
      peerAddress = address;
    }
    return known;
  }

  MessageVector frames() {
    return frames;
  }

  void release() {
    headers.release();
    frames.release();
  }
}

package dev.farcap.transport.nic;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.IOException;

/// A host that sends whatever it likes.
final class Stranger implements AutoCloseable {
  private static final int BATCH = 32;
  private static final int FRAME_BYTES_MAX = 9_014;

  private final PacketSocket socket = PacketSocket.open();
  private final MessageVector frames =
      new MessageVector(UnpooledByteBufAllocator.DEFAULT, BATCH, 1);
  private final ByteBuf memory =
      UnpooledByteBufAllocator.DEFAULT.directBuffer(BATCH * FRAME_BYTES_MAX);

  Stranger(String nic) throws IOException {
    Nic own = Nic.look(nic);
    Endpoint nobody = new Endpoint(own.index(), NicAddress.ETHER_TYPE, own.mac(), 1);
    FrameFilter nothing = new FrameFilter(nobody, nobody, Intake.Kind.ALL);
    socket.bind(nothing, NicAddress.ETHER_TYPE, own.index());
  }

  /// A frame that is well formed.
  static byte[] frame(Mac to, Mac from, int port, byte[] packet) {
    byte[] frame = new byte[FrameHeader.BYTES + packet.length];
    new FrameHeader(to, from, NicAddress.ETHER_TYPE, packet.length, NicAddress.PORT, port)
        .write(Unpooled.wrappedBuffer(frame), 0);
    System.arraycopy(packet, 0, frame, FrameHeader.BYTES, packet.length);
    return frame;
  }

  /// Sends frames as they are.
  ///
  /// @return how many the interface took
  int send(byte[]... contents) {
    int sent = 0;
    for (int from = 0; from < contents.length; from += BATCH) {
      int count = Math.min(BATCH, contents.length - from);
      for (int slot = 0; slot < count; slot++) {
        byte[] content = contents[from + slot];
        memory.setBytes(slot * FRAME_BYTES_MAX, content);
        frames.set(slot, 0, memory.memoryAddress() + (long) slot * FRAME_BYTES_MAX, content.length);
      }
      sent += Math.max(0, socket.send(frames, count));
    }
    return sent;
  }

  @Override
  public void close() {
    socket.close();
    frames.release();
    memory.release();
  }
}

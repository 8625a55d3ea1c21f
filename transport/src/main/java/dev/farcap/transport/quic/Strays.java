package dev.farcap.transport.quic;

import dev.farcap.transport.TransportCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.Quic;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionAddress;
import io.netty.handler.codec.quic.QuicConnectionIdGenerator;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Drops and counts an acceptor's packets that belong to a connection and come from elsewhere than
/// its peer, where peers do not move: [Datagrams#addressesStay()]. Lives on the loop of its
/// channel, before the codec.
///
/// The codec takes a packet that is newer than all others and comes from another address for a
/// move, and sends there from then on (RFC 9000 section 9.3). Whoever hears a packet and sends it
/// again first, or whose copy is the only one that is not lost, so turns the connection to himself:
/// he reads nothing, but the peer hears nothing either, until it has said something newer. Where he
/// does so all the time the connection stands still. For one answer it also takes any packet for a
/// move, old or broken, whose id it knows: those of the handshake, too.
final class Strays extends ChannelInboundHandlerAdapter {
  /// Of the first byte: that the header is long (RFC 8999 section 5.1), as in a handshake.
  private static final int LONG = 0x80;

  private static final int ID_AT = 1;
  private static final int LONG_ID_BYTES_AT = 5;
  private static final int LONG_ID_AT = 6;
  private static final int ID_BYTES = Quic.MAX_CONN_ID_LEN;

  private final TransportCounters counters;
  private final QuicConnectionIdGenerator firstIds = QuicConnectionIdGenerator.signGenerator();
  private final Map<QuicConnectionAddress, SocketAddress> peers = new HashMap<>();
  private final byte[] lastId = new byte[ID_BYTES];
  private @Nullable SocketAddress lastPeer;

  Strays(TransportCounters counters) {
    this.counters = counters;
  }

  /// From now on until it ends, a connection has packets from its peer only. Its handshake is done.
  void expect(QuicChannel connection) {
    QuicConnectionAddress id = connection.localAddress();
    SocketAddress peer = connection.remoteSocketAddress();
    if (id != null && peer != null) {
      peers.put(id, peer);
      lastPeer = null;
      var _ = connection.closeFuture().addListener(_ -> peers.remove(id));
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    DatagramPacket packet = (DatagramPacket) message;
    if (isStray(packet.content(), packet.sender())) {
      counters.packetStray();
      packet.release();
    } else {
      ctx.fireChannelRead(packet);
    }
  }

  private boolean isStray(ByteBuf content, SocketAddress sender) {
    int at = content.readerIndex();
    if (content.readableBytes() < ID_AT + ID_BYTES) {
      return false;
    }
    if ((content.getByte(at) & LONG) != 0) {
      SocketAddress peer = peerOfHandshake(content, at);
      return peer != null && !peer.equals(sender);
    }
    if (sender.equals(lastPeer) && isLastId(content, at + ID_AT)) {
      return false;
    }
    content.getBytes(at + ID_AT, lastId);
    SocketAddress peer = peers.get(new QuicConnectionAddress(lastId));
    boolean stray = peer != null && !peer.equals(sender);
    // An id that is not known may become known.
    lastPeer = peer != null && !stray ? sender : null;
    return stray;
  }

  /// Whose handshake it is, if that is done. No connection goes by the empty id.
  private @Nullable SocketAddress peerOfHandshake(ByteBuf content, int at) {
    int bytes = content.getUnsignedByte(at + LONG_ID_BYTES_AT);
    if (bytes == 0 || bytes > ID_BYTES || content.readableBytes() < LONG_ID_AT + bytes) {
      return null;
    }
    byte[] id = new byte[bytes];
    content.getBytes(at + LONG_ID_AT, id);
    SocketAddress peer = peers.get(new QuicConnectionAddress(id));
    return peer != null
        ? peer
        // What the peer chose, from which the codec makes its own.
        : peers.get(new QuicConnectionAddress(firstIds.newId(ByteBuffer.wrap(id), ID_BYTES)));
  }

  /// Most packets are of the connection that the last one was of.
  private boolean isLastId(ByteBuf content, int at) {
    for (int i = 0; i < ID_BYTES; i++) {
      if (content.getByte(at + i) != lastId[i]) {
        return false;
      }
    }
    return true;
  }
}

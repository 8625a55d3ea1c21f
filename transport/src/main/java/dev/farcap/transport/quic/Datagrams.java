package dev.farcap.transport.quic;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/// What carries QUIC's packets: UDP, or whatever else there is a channel for that reads and writes
/// [io.netty.channel.socket.DatagramPacket]s between socket addresses, made up ones if need be.
///
/// A channel must pass an attempt to `connect` on to the handlers before it: that is how the codec
/// hears of a connection to be made. It tells that nobody listens at the peer's address, if it
/// learns of that, by a [java.net.PortUnreachableException] through its pipeline.
public interface Datagrams {
  /// Name of the medium that QUIC becomes over it, as in addresses.
  String medium();

  /// Checks the form of an address; does not block.
  ///
  /// @throws IllegalArgumentException if it is of another form
  void check(String address);

  /// Where an address leads; may block.
  ///
  /// @return in the order in which to try, at least one
  /// @throws IOException if it leads nowhere: an unknown host
  /// @throws IllegalArgumentException if it is of another form
  List<InetSocketAddress> resolve(String address) throws IOException;

  /// The address of a channel that is bound.
  String address(InetSocketAddress bound);

  /// Opens a channel of its own for one connection to a peer.
  ///
  /// @param codec put into the pipeline
  ChannelFuture connect(InetSocketAddress peer, EventLoop loop, ChannelHandler codec);

  /// Opens a channel for all connections that are accepted at an address.
  ///
  /// @param codec put into the pipeline
  ChannelFuture bind(InetSocketAddress local, EventLoop loop, ChannelHandler codec);

  /// Room for a packet, in bytes: from 1,200 (RFC 9000 section 14) to what one channel takes at
  /// once. How much of it the way to a peer takes is found out by sending.
  ///
  /// @param address where a channel is about to connect or to be bound
  int packetBytesMax(InetSocketAddress address);

  /// Whether a peer has one address for as long as its connection lasts. Packets of the connection
  /// that come from another are then a stranger's, and no sign that the peer has moved.
  boolean addressesStay();

  /// How several packets of one size go to the channel as one, where it takes that.
  ///
  /// @param loop of the channel
  SegmentedDatagramPacketAllocator segments(EventLoop loop);
}

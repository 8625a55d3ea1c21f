package dev.farcap.transport.quic;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

/// UDP with a handler of the test's own between a dialler's socket and its codec. Packets are
/// written one by one.
final class TappedDatagrams implements Datagrams {
  private final Datagrams udp = new UdpDatagrams();
  private final ChannelHandler tap;

  /// @param tap for one connection
  TappedDatagrams(ChannelHandler tap) {
    this.tap = tap;
  }

  @Override
  public ChannelFuture connect(InetSocketAddress peer, EventLoop loop, ChannelHandler codec) {
    ChannelHandler both =
        new ChannelInitializer<>() {
          @Override
          protected void initChannel(Channel channel) {
            channel.pipeline().addLast(tap, codec);
          }
        };
    return udp.connect(peer, loop, both);
  }

  @Override
  public SegmentedDatagramPacketAllocator segments(EventLoop loop) {
    return SegmentedDatagramPacketAllocator.NONE;
  }

  @Override
  public boolean addressesStay() {
    return udp.addressesStay();
  }

  @Override
  public String medium() {
    return udp.medium();
  }

  @Override
  public void check(String address) {
    udp.check(address);
  }

  @Override
  public List<InetSocketAddress> resolve(String address) throws IOException {
    return udp.resolve(address);
  }

  @Override
  public String address(InetSocketAddress bound) {
    return udp.address(bound);
  }

  @Override
  public ChannelFuture bind(InetSocketAddress local, EventLoop loop, ChannelHandler codec) {
    return udp.bind(local, loop, codec);
  }

  @Override
  public int packetBytesMax(InetSocketAddress address) {
    return udp.packetBytesMax(address);
  }
}

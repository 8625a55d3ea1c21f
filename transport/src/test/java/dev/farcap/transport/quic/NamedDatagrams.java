package dev.farcap.transport.quic;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.function.Function;

/// UDP with a name service of the test's own, and peers that move or stay.
final class NamedDatagrams implements Datagrams {
  private final Datagrams udp = new UdpDatagrams();
  private final Function<String, List<InetSocketAddress>> names;

  private final boolean addressesStay;

  NamedDatagrams(Function<String, List<InetSocketAddress>> names) {
    this(names, false);
  }

  NamedDatagrams(Function<String, List<InetSocketAddress>> names, boolean addressesStay) {
    this.names = names;
    this.addressesStay = addressesStay;
  }

  @Override
  public List<InetSocketAddress> resolve(String address) {
    return names.apply(address);
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
  public String address(InetSocketAddress bound) {
    return udp.address(bound);
  }

  @Override
  public ChannelFuture connect(InetSocketAddress peer, EventLoop loop, ChannelHandler codec) {
    return udp.connect(peer, loop, codec);
  }

  @Override
  public ChannelFuture bind(InetSocketAddress local, EventLoop loop, ChannelHandler codec) {
    return udp.bind(local, loop, codec);
  }

  @Override
  public int packetBytesMax(InetSocketAddress address) {
    return udp.packetBytesMax(address);
  }

  @Override
  public boolean addressesStay() {
    return addressesStay;
  }

  @Override
  public SegmentedDatagramPacketAllocator segments(EventLoop loop) {
    return udp.segments(loop);
  }
}

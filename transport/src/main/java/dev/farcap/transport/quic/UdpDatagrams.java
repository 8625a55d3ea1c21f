package dev.farcap.transport.quic;

import dev.farcap.transport.EventLoops;
import dev.farcap.transport.HostAddress;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.handler.codec.quic.EpollQuicUtils;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// UDP over IPv4 and IPv6, at `quic://host:port`.
///
/// A dialler's socket is connected, so that the kernel drops what comes from elsewhere and tells
/// when nobody listens there. Loops on epoll get epoll sockets, any other NIO's, which leave it to
/// the system whether packets are cut into fragments on the way.
///
/// *Reading.* What a peer sends at once arrives at once, be it one packet or many: the kernel gives
/// them out together, over loopback without ever having cut them. So a system call reads one or the
/// other, and room for a single message is all it needs. Rejected: reading up to 16 messages a call
/// (`recvmmsg`), whose room is made ready anew each time; a call that waits for its answer pays for
/// 16 and gets one.
public final class UdpDatagrams implements Datagrams {
  /// Fills an Ethernet frame over IPv6 (1,500 less 40 and 8), and nearly one over IPv4.
  private static final int PACKET_BYTES_MAX = 1_452;

  /// Read at one system call: one packet, or as many of one size as the kernel has put together
  /// (`UDP_GRO`), which the kernel ends at this.
  private static final int READ_BYTES = 1 << 16;

  private static final int READ_PACKET_BYTES = 2_048;

  /// Written at one system call.
  private static final int SEGMENTS_MAX = 16;

  /// What waits in the kernel while the loop is busy; the kernel has a bound of its own.
  private static final int SOCKET_BYTES = 1 << 20;

  /// `IP_PMTUDISC_PROBE`: nothing is cut into fragments on the way, and QUIC finds out itself what
  /// size arrives. Numbers of Linux, `in.h` and `in6.h`.
  private static final int PROBE = 3;

  private static final ChannelOption<Integer> MTU_DISCOVER_4 =
      new IntegerUnixChannelOption("IP_MTU_DISCOVER", 0, 10);
  private static final ChannelOption<Integer> MTU_DISCOVER_6 =
      new IntegerUnixChannelOption("IPV6_MTU_DISCOVER", 41, 23);

  @Override
  public String medium() {
    return QuicMedium.NAME;
  }

  @Override
  public void check(String address) {
    var _ = HostAddress.parse(QuicMedium.NAME, address);
  }

  @Override
  public List<InetSocketAddress> resolve(String address) throws IOException {
    HostAddress parsed = HostAddress.parse(QuicMedium.NAME, address);
    InetSocketAddress literal = parsed.literal();
    return literal == null ? parsed.resolve() : List.of(literal);
  }

  @Override
  public String address(InetSocketAddress bound) {
    return HostAddress.of(QuicMedium.NAME, bound).toString();
  }

  @Override
  public ChannelFuture connect(InetSocketAddress peer, EventLoop loop, ChannelHandler codec) {
    return socket(peer.getAddress(), loop, codec).connect(peer);
  }

  @Override
  public ChannelFuture bind(InetSocketAddress local, EventLoop loop, ChannelHandler codec) {
    return socket(local.getAddress(), loop, codec).bind(local);
  }

  private static Bootstrap socket(InetAddress address, EventLoop loop, ChannelHandler codec) {
    boolean six = address instanceof Inet6Address;
    SocketProtocolFamily family = six ? SocketProtocolFamily.INET6 : SocketProtocolFamily.INET;
    boolean epoll = EventLoops.isEpoll(loop);
    ChannelFactory<Channel> socket =
        epoll ? () -> new EpollDatagramChannel(family) : () -> new NioDatagramChannel(family);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channelFactory(socket)
            .option(ChannelOption.SO_RCVBUF, SOCKET_BYTES)
            .option(ChannelOption.SO_SNDBUF, SOCKET_BYTES)
            .option(ChannelOption.ALLOCATOR, QuicSettings.allocator())
            .handler(codec);
    if (epoll && six) {
      bootstrap.option(MTU_DISCOVER_6, PROBE);
    }
    return epoll
        ? bootstrap
            // Of a socket of IPv6, too: one that is bound to all addresses carries both.
            .option(MTU_DISCOVER_4, PROBE)
            .option(EpollChannelOption.UDP_GRO, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_BYTES))
        : bootstrap.option(
            ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(READ_PACKET_BYTES));
  }

  @Override
  public int packetBytesMax(InetSocketAddress address) {
    return PACKET_BYTES_MAX;
  }

  /// A router may give a peer another one at any time.
  @Override
  public boolean addressesStay() {
    return false;
  }

  @Override
  public SegmentedDatagramPacketAllocator segments(EventLoop loop) {
    return EventLoops.isEpoll(loop) && EpollDatagramChannel.isSegmentedDatagramPacketSupported()
        ? EpollQuicUtils.newSegmentedAllocator(SEGMENTS_MAX)
        : SegmentedDatagramPacketAllocator.NONE;
  }
}

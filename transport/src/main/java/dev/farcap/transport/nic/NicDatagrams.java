package dev.farcap.transport.nic;

import dev.farcap.transport.quic.Datagrams;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// QUIC's packets in Ethernet frames, at `nic://interface/mac`. Its loops must be on epoll.
///
/// May be used by any thread.
public final class NicDatagrams implements Datagrams {
  /// The kernel closes several packet sockets in the time that one takes.
  private static final int CLOSERS_MAX = 8;

  private final NicCounters counters;
  private final Executor closers = closers();

  /// @param counters of frames
  public NicDatagrams(NicCounters counters) {
    this.counters = counters;
  }

  /// Threads that close sockets: they end when there is nothing to close.
  private static Executor closers() {
    ThreadPoolExecutor closers =
        new ThreadPoolExecutor(
            CLOSERS_MAX,
            CLOSERS_MAX,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("nic-close-", 0).factory());
    closers.allowCoreThreadTimeOut(true);
    return closers;
  }

  @Override
  public String medium() {
    return NicMedium.NAME;
  }

  @Override
  public void check(String address) {
    var _ = NicAddress.parse(address);
  }

  @Override
  public List<InetSocketAddress> resolve(String address) throws IOException {
    NicAddress parsed = NicAddress.parse(address);
    Nic nic = Nic.look(parsed.nic());
    var _ = nic.packetBytesMax();
    Mac mac = parsed.mac() == null ? nic.mac() : parsed.mac();
    if (parsed.mac() != null && mac.equals(nic.mac()) && !nic.loopback()) {
      throw new ConnectException(
          mac + " is the address of '" + nic.name() + "' itself, a peer's is needed");
    }
    return List.of(
        new Endpoint(nic.index(), parsed.etherType(), mac, parsed.port()).toSocketAddress());
  }

  @Override
  public String address(InetSocketAddress bound) {
    Endpoint end = Endpoint.of(bound);
    return new NicAddress(nameOf(end), null, end.port(), end.etherType()).toString();
  }

  private static String nameOf(Endpoint end) {
    try {
      return Nic.nameOf(end.nicIndex());
    } catch (ConnectException gone) {
      return Integer.toString(end.nicIndex());
    }
  }

  @Override
  public ChannelFuture connect(InetSocketAddress peer, EventLoop loop, ChannelHandler codec) {
    return channel(loop, codec, List.of(Intake.Kind.ALL)).connect(peer);
  }

  @Override
  public ChannelFuture bind(InetSocketAddress local, EventLoop loop, ChannelHandler codec) {
    return channel(loop, codec, List.of(Intake.Kind.SHORT, Intake.Kind.LONG)).bind(local);
  }

  private Bootstrap channel(EventLoop loop, ChannelHandler codec, List<Intake.Kind> kinds) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(() -> new NicChannel(kinds, counters, closers))
        .option(ChannelOption.ALLOCATOR, allocator())
        .handler(codec);
  }

  /// Pooled instead of Netty's adaptive default, as for TLS.
  private static ByteBufAllocator allocator() {
    return ByteBufAllocator.DEFAULT instanceof AdaptiveByteBufAllocator
        ? PooledByteBufAllocator.DEFAULT
        : ByteBufAllocator.DEFAULT;
  }

  /// For a dialler, what the interface takes in one frame. For an acceptor, what any does: so it
  /// follows an interface that changes. What a way takes QUIC finds out by probes.
  @Override
  public int packetBytesMax(InetSocketAddress address) {
    try {
      Endpoint end = Endpoint.of(address);
      Nic nic = Nic.look(Nic.nameOf(end.nicIndex()));
      return end.mac().equals(nic.mac()) ? FrameHeader.PACKET_BYTES_MAX : nic.packetBytesMax();
    } catch (ConnectException unusable) {
      // To connect or to bind will fail for the same reason, and says so.
      return Nic.PACKET_BYTES_MIN;
    }
  }

  /// An interface whose hardware address changes ends its diallers' connections: [NicChannel].
  @Override
  public boolean addressesStay() {
    return true;
  }

  /// Frames are sent in batches as they are.
  @Override
  public SegmentedDatagramPacketAllocator segments(EventLoop loop) {
    return SegmentedDatagramPacketAllocator.NONE;
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.quic.Datagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.random.RandomGenerator;

/// Datagrams that are lost, repeated, late and spoiled by seed where they arrive. Each channel
/// draws its own sequence, by the order in which channels are opened.
///
/// ```
/// Datagrams bad = new FaultyDatagrams(new UdpDatagrams(), faults, seed);
/// new QuicMedium(credentials, policy, counters, QuicConfig.DEFAULT, bad);
/// ```
///
/// May be used by any thread.
public final class FaultyDatagrams implements Datagrams {
  /// How long a packet is held back at the most, if none follows.
  public static final long LATE_MS = 5;

  /// How many go before a late one.
  private static final int LATE_PACKETS_MAX = 4;

  private final Datagrams sound;
  private final DatagramFaults faults;
  private final long seed;
  private final AtomicLong channels = new AtomicLong();
  private final LongAdder done = new LongAdder();

  /// @param sound what is wrapped
  /// @param seed of everything that is drawn
  public FaultyDatagrams(Datagrams sound, DatagramFaults faults, long seed) {
    this.sound = sound;
    this.faults = faults;
    this.seed = seed;
  }

  /// Faults that were done to packets.
  public long done() {
    return done.sum();
  }

  private ChannelHandler under(ChannelHandler codec) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        Random random = new Random(seed + channels.getAndIncrement());
        channel.pipeline().addLast(new Faults(random), codec);
      }
    };
  }

  @Override
  public String medium() {
    return sound.medium();
  }

  @Override
  public void check(String address) {
    sound.check(address);
  }

  @Override
  public List<InetSocketAddress> resolve(String address) throws IOException {
    return sound.resolve(address);
  }

  @Override
  public String address(InetSocketAddress bound) {
    return sound.address(bound);
  }

  @Override
  public ChannelFuture connect(InetSocketAddress peer, EventLoop loop, ChannelHandler codec) {
    return sound.connect(peer, loop, under(codec));
  }

  @Override
  public ChannelFuture bind(InetSocketAddress local, EventLoop loop, ChannelHandler codec) {
    return sound.bind(local, loop, under(codec));
  }

  @Override
  public int packetBytesMax(InetSocketAddress address) {
    return sound.packetBytesMax(address);
  }

  @Override
  public boolean addressesStay() {
    return sound.addressesStay();
  }

  @Override
  public SegmentedDatagramPacketAllocator segments(EventLoop loop) {
    return sound.segments(loop);
  }

  /// What happens to the packets of one channel. Lives on its loop.
  private final class Faults extends ChannelInboundHandlerAdapter {
    private final RandomGenerator random;
    private final ArrayDeque<DatagramPacket> late = new ArrayDeque<>();
    private int before;

    Faults(RandomGenerator random) {
      this.random = random;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      if (hits(faults.lost())) {
        packet.release();
        return;
      }
      if (hits(faults.spoiled()) && packet.content().isReadable()) {
        spoil(packet.content());
      }
      if (hits(faults.doubled())) {
        // The codec decrypts in place.
        ctx.fireChannelRead(packet.copy());
      }
      if (hits(faults.late())) {
        hold(ctx, packet);
        return;
      }
      ctx.fireChannelRead(packet);
      if (!late.isEmpty() && --before <= 0) {
        deliverLate(ctx);
      }
    }

    private boolean hits(double chance) {
      boolean hit = random.nextDouble() < chance;
      if (hit) {
        done.increment();
      }
      return hit;
    }

    private void spoil(ByteBuf content) {
      int at = content.readerIndex() + random.nextInt(content.readableBytes());
      content.setByte(at, content.getByte(at) ^ 1 << random.nextInt(Byte.SIZE));
    }

    private void hold(ChannelHandlerContext ctx, DatagramPacket packet) {
      if (late.isEmpty()) {
        before = 1 + random.nextInt(LATE_PACKETS_MAX);
        var _ =
            ctx.executor()
                .schedule(
                    () -> {
                      deliverLate(ctx);
                      ctx.fireChannelReadComplete();
                    },
                    LATE_MS,
                    TimeUnit.MILLISECONDS);
      }
      late.add(packet);
    }

    private void deliverLate(ChannelHandlerContext ctx) {
      for (DatagramPacket packet = late.poll(); packet != null; packet = late.poll()) {
        ctx.fireChannelRead(packet);
      }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      late.forEach(DatagramPacket::release);
      late.clear();
    }
  }
}

package dev.farcap.transport.faulty;

import dev.farcap.transport.quic.Datagrams;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.handler.codec.quic.SegmentedDatagramPacketAllocator;
import io.netty.util.ReferenceCountUtil;
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
  private volatile long cutBelow;
  private final LongAdder lost = new LongAdder();
  private final LongAdder doubled = new LongAdder();
  private final LongAdder late = new LongAdder();
  private final LongAdder spoiled = new LongAdder();

  /// @param sound what is wrapped
  /// @param seed of everything that is drawn
  public FaultyDatagrams(Datagrams sound, DatagramFaults faults, long seed) {
    this.sound = sound;
    this.faults = faults;
    this.seed = seed;
  }

  /// From now on nothing passes over the channels there are, either way, and nobody is told: as if
  /// the cable had been pulled. Channels opened later are whole. An acceptor has one channel for
  /// all its peers, so that a dialler's side is the one to cut.
  public void cut() {
    cutBelow = channels.get();
  }

  /// What was done to packets, in packets.
  public record Done(long lost, long doubled, long late, long spoiled) {}

  /// Faults so far.
  public Done done() {
    return new Done(lost.sum(), doubled.sum(), late.sum(), spoiled.sum());
  }

  private ChannelHandler under(ChannelHandler codec) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new Faults(channels.getAndIncrement()), codec);
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
  private final class Faults extends ChannelDuplexHandler {
    private final long number;
    private final RandomGenerator random;
    private final ArrayDeque<DatagramPacket> held = new ArrayDeque<>();
    private int before;

    Faults(long number) {
      this.number = number;
      random = new Random(seed + number);
    }

    private boolean isCut() {
      return number < cutBelow;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
      if (isCut()) {
        ReferenceCountUtil.release(message);
        var _ = promise.trySuccess();
      } else {
        var _ = ctx.write(message, promise);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      DatagramPacket packet = (DatagramPacket) message;
      if (isCut() || hits(faults.lost(), lost)) {
        packet.release();
        return;
      }
      if (hits(faults.spoiled(), spoiled) && packet.content().isReadable()) {
        spoil(packet.content());
      }
      if (hits(faults.doubled(), doubled)) {
        // The codec decrypts in place.
        ctx.fireChannelRead(packet.copy());
      }
      if (hits(faults.late(), late)) {
        hold(ctx, packet);
        return;
      }
      ctx.fireChannelRead(packet);
      if (!held.isEmpty() && --before <= 0) {
        deliverLate(ctx);
      }
    }

    private boolean hits(double chance, LongAdder done) {
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
      if (held.isEmpty()) {
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
      held.add(packet);
    }

    private void deliverLate(ChannelHandlerContext ctx) {
      for (DatagramPacket packet = held.poll(); packet != null; packet = held.poll()) {
        ctx.fireChannelRead(packet);
      }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
      held.forEach(DatagramPacket::release);
      held.clear();
    }
  }
}

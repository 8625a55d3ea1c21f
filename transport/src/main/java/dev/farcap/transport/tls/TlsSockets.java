package dev.farcap.transport.tls;

import dev.farcap.transport.EventLoops;
import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/// The kind of socket a loop can poll, and the options of those that carry frames.
///
/// Little is buffered on this side of the network, so that a short urgent frame overtakes a long
/// transfer: the kernel takes no more while 128 KiB are unsent, and then 32 KiB in the process make
/// the connection unwritable.
final class TlsSockets {
  private static final long NOT_SENT_BYTES_MAX = 128 << 10;
  private static final WriteBufferWaterMark WATER = new WriteBufferWaterMark(16 << 10, 32 << 10);

  private TlsSockets() {}

  static Class<? extends Channel> socket(EventLoopGroup loop) {
    return EventLoops.isEpoll(loop) ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  static Class<? extends ServerChannel> serverSocket(EventLoopGroup loops) {
    return EventLoops.isEpoll(loops)
        ? EpollServerSocketChannel.class
        : NioServerSocketChannel.class;
  }

  /// Sets the options on a socket that was just made.
  static void configure(Channel channel) {
    // Netty's adaptive default cuts unpooled slices and copies through NIO views: a tenth of what a
    // call allocates.
    if (channel.alloc() instanceof AdaptiveByteBufAllocator) {
      channel.config().setAllocator(PooledByteBufAllocator.DEFAULT);
    }
    channel.config().setOption(ChannelOption.TCP_NODELAY, true);
    channel.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    channel.config().setOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER);
    if (channel instanceof EpollSocketChannel) {
      channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, NOT_SENT_BYTES_MAX);
    }
  }
}

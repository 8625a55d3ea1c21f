package dev.farcap.transport;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.util.concurrent.ThreadFactory;

/// Event loops for links: epoll, and the least latency that costs no processor of its own.
public final class EventLoops {
  /// Netty's own default: the set of events grows as needed.
  private static final int GROWING = 0;

  private EventLoops() {}

  /// Opens loops; whoever asks shuts them down.
  ///
  /// @param count threads, at least 1
  public static EventLoopGroup open(int count, ThreadFactory threads) {
    return new MultiThreadIoEventLoopGroup(
        count,
        threads,
        EpollIoHandler.newFactory(GROWING, () -> new BriefPolling(System::nanoTime)));
  }

  /// Whether loops, or a single one, are on epoll.
  public static boolean isEpoll(EventLoopGroup loops) {
    return loops instanceof IoEventLoopGroup io && io.isIoType(EpollIoHandler.class);
  }
}

package dev.farcap.benchmark;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;

/// Event loops as every subject in Java gets them: one thread, epoll.
final class EventLoops {
  private EventLoops() {}

  static EventLoopGroup one() {
    return new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }
}

package dev.farcap.node;

import dev.farcap.transport.EventLoops;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// The threads of a process: one event loop for links and doors, a second one for the folders that
/// ROM watches, two for decisions about sessions, one that looks after files, and virtual ones for
/// the code of the program that a node lives in.
final class Loops implements AutoCloseable {
  private static final int DECIDERS = 2;
  private static final long DECIDER_IDLE_S = 10;
  private static final long CLOSE_S = 5;

  private final EventLoopGroup main = EventLoops.open(1, threads("farcap-loop"));
  private final EventLoopGroup files =
      new MultiThreadIoEventLoopGroup(1, threads("farcap-rom"), EpollIoHandler.newFactory());
  private final ThreadPoolExecutor decisions;
  private final ScheduledExecutorService housekeeping;
  private final ExecutorService programs =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("farcap-call-", 0).factory());

  /// @throws IllegalStateException if this machine has no epoll
  Loops() {
    decisions =
        new ThreadPoolExecutor(
            DECIDERS,
            DECIDERS,
            DECIDER_IDLE_S,
            TimeUnit.SECONDS,
            // Bounded by the sessions that links let open.
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("farcap-gate", true));
    decisions.allowCoreThreadTimeOut(true);
    housekeeping =
        Executors.newSingleThreadScheduledExecutor(new DefaultThreadFactory("farcap-files", true));
  }

  private static DefaultThreadFactory threads(String name) {
    if (!Epoll.isAvailable()) {
      throw new IllegalStateException(
          "farcap runs on Linux: epoll is not available", Epoll.unavailabilityCause());
    }
    return new DefaultThreadFactory(name, true);
  }

  /// Where links and doors live.
  EventLoop main() {
    return main.next();
  }

  /// The same for acceptors.
  EventLoopGroup group() {
    return main;
  }

  /// Where folders are watched.
  IoEventLoop files() {
    return (IoEventLoop) files.next();
  }

  /// Where sessions are decided.
  ThreadPoolExecutor decisions() {
    return decisions;
  }

  /// Where files are looked at and other short, blocking work is done.
  ScheduledExecutorService housekeeping() {
    return housekeeping;
  }

  /// Where the code of the program runs: hosted services, listeners of its calls. It may block.
  Executor programs() {
    return programs;
  }

  /// Looks after files no longer; waits for what it is at, so that nothing is taken over while what
  /// it concerns is closed.
  void endHousekeeping() throws InterruptedException {
    housekeeping.shutdown();
    housekeeping.awaitTermination(CLOSE_S, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    housekeeping.shutdownNow();
    decisions.shutdownNow();
    var _ = files.shutdownGracefully(0, CLOSE_S, TimeUnit.SECONDS);
    var _ =
        main.shutdownGracefully(0, CLOSE_S, TimeUnit.SECONDS)
            .awaitUninterruptibly(CLOSE_S, TimeUnit.SECONDS);
    // Last: what ends on the loop is told to the program.
    programs.shutdown();
  }
}

package dev.farcap.transport.shm;

import dev.farcap.transport.BriefPolling;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// When a connection works: by turns, with the others of its loop. After a turn it takes another
/// one, or looks on for a while, or goes to sleep until its bell rings:
///
///     turn ──more──▶ turn        look ──something──▶ turn
///       └──nothing──▶ look         └──does not pay──▶ asleep ──bell──▶ turn
///
/// Whatever fails in a turn is the connection's own: it may end neither the loop nor others. Lives
/// on the loop.
final class Turns {
  private final EventLoop loop;
  private final Spinning spinning;
  private final Work work;
  private final BooleanSupplier isDue;
  private final BriefPolling polling;
  private final Runnable nextTurn = this::nextTurn;
  private final Runnable nextLook = this::nextLook;
  private boolean turnDue;
  private boolean lookDue;

  /// What is done.
  interface Work {
    /// Does what there is, a batch of it.
    ///
    /// @return whether there may be more at once
    boolean work();

    /// Whether anything is waited for.
    boolean isExpecting();

    /// Whether what is waited for is there.
    boolean isDue();

    /// Asks for the bell to be rung.
    ///
    /// @return false if what is waited for is there: then the bell may not ring
    boolean sleep();

    /// One of the others has failed.
    void failed(Throwable failure);
  }

  Turns(EventLoop loop, Spinning spinning, Work work) {
    this.loop = loop;
    this.spinning = spinning;
    this.work = work;
    this.isDue = work::isDue;
    this.polling = new BriefPolling(loop.ticker()::nanoTime);
  }

  /// Has a turn taken soon, once the loop has looked at its sockets.
  void take() {
    if (!turnDue) {
      turnDue = true;
      afterNextPoll(nextTurn);
    }
  }

  private void nextTurn() {
    turnDue = false;
    turn();
  }

  /// Takes a turn: the bell has rung.
  void turn() {
    try {
      if (work.work()) {
        take();
      } else if (work.isExpecting()) {
        idle();
      }
    } catch (RuntimeException | Error failure) {
      work.failed(failure);
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // It is a courtesy, nothing relies on it.
  private void idle() {
    switch (spinning) {
      case OFF -> sleep();
      case BRIEF -> look();
      case ALWAYS -> {
        Thread.yield();
        take();
      }
    }
  }

  private void look() {
    if (lookDue) {
      return;
    }
    switch (polling.look(isDue)) {
      case FOUND -> take();
      case AGAIN -> {
        lookDue = true;
        afterNextPoll(nextLook);
      }
      case SLEEP -> sleep();
    }
  }

  private void nextLook() {
    lookDue = false;
    try {
      if (work.isExpecting()) {
        look();
      }
    } catch (RuntimeException | Error failure) {
      work.failed(failure);
    }
  }

  private void sleep() {
    if (!work.sleep()) {
      take();
    }
  }

  /// A plain task would be run before the loop looks at its sockets again; one that asks for the
  /// next would keep the loop from them.
  private void afterNextPoll(Runnable task) {
    var _ = loop.schedule(task, 0, TimeUnit.NANOSECONDS);
  }
}

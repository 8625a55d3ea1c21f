package dev.farcap.door;

import dev.farcap.transport.LoopBudget;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/// Slows a connection whose HTTP/2 control frames cost this process more than any program needs.
///
/// *Theory.* A reset, a ping, settings, a continuation: each is some bytes for its sender and work
/// for the receiver, and HTTP/2 has no window for them (rapid reset, CVE-2023-44487; ping and
/// settings floods, CVE-2019-9512 and 9515; empty frames, CVE-2019-9518; continuations,
/// CVE-2024-27316). So each connection has a budget of the loop's time, which refills. What is
/// beyond it stays unread until there is budget again: the sender waits, and nobody else does.
/// Rejected: to close the connection. A program that gives up a thousand calls at once does nothing
/// wrong, and would lose all others. Only who sends nothing but empty data is cut off: gRPC keeps
/// every piece of a message until the message is complete, also the empty ones.
///
/// Stands before gRPC's handlers and only counts: nine bytes of head per frame are looked at (RFC
/// 9113 section 4.1), payload is skipped. What it holds is what one read brought, at most.
final class ControlBudget extends ChannelDuplexHandler {
  private static final int PREFACE_BYTES = 24;
  private static final int HEAD_BYTES = 9;
  private static final int FLAG_END_STREAM = 1;
  private static final int FLAG_PADDED = 8;

  // Types of frames, RFC 9113 section 6.
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int RST_STREAM = 3;
  private static final int WINDOW_UPDATE = 8;

  /// A call begun, relayed and given up.
  private static final int RESET_NANOS = 50_000;

  /// Frames that a reader of many small messages sends often.
  private static final int WINDOW_NANOS = 1_000;

  /// Settings, pings, priorities, continuations, empty data, unknown frames: rare in earnest.
  private static final int OTHER_NANOS = 10_000;

  /// A twentieth of the loop: 1,000 resets or 50,000 window updates a second.
  private static final int ONE_IN = 20;

  /// A second's worth at once: a program gives up the thousand calls it may have.
  private static final long BURST_NANOS = 50_000_000;

  /// What is waited for before reading goes on: ten resets, and a hundred turns a second.
  private static final long PORTION_NANOS = 500_000;

  /// Pieces of data that may be empty one after the other. gRPC libraries send none.
  private static final int EMPTY_MAX = 100;

  private final DoorCounters counters;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>();
  private final int[] head = new int[HEAD_BYTES];
  private int skip = PREFACE_BYTES;
  private int headBytes;
  private final LoopBudget budget =
      new LoopBudget(ONE_IN, BURST_NANOS, PORTION_NANOS, System.nanoTime());
  private long waitNanos;
  private int empty;
  private boolean paused;

  ControlBudget(DoorCounters counters) {
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (message instanceof ByteBuf bytes) {
      held.add(bytes);
      deliver(ctx);
    } else {
      ctx.fireChannelRead(message);
    }
  }

  private void deliver(ChannelHandlerContext ctx) {
    for (ByteBuf bytes; !paused && (bytes = held.peek()) != null; ) {
      int affordable = affordable(bytes);
      if (empty > EMPTY_MAX) {
        cutOff(ctx);
        return;
      }
      if (affordable == bytes.readableBytes()) {
        ctx.fireChannelRead(held.remove());
      } else {
        ctx.fireChannelRead(bytes.readRetainedSlice(affordable));
      }
      if (waitNanos > 0) {
        pause(ctx);
      }
    }
  }

  private void cutOff(ChannelHandlerContext ctx) {
    counters.cutOff.increment();
    paused = true;
    drop();
    var _ = ctx.close();
  }

  /// Reads are asked for from behind, too, when gRPC has done with what it got.
  @Override
  public void read(ChannelHandlerContext ctx) {
    if (!paused) {
      ctx.read();
    }
  }

  private void pause(ChannelHandlerContext ctx) {
    paused = true;
    counters.slowed.increment();
    ctx.channel().config().setAutoRead(false);
    var _ = ctx.executor().schedule(() -> goOn(ctx), waitNanos, TimeUnit.NANOSECONDS);
    waitNanos = 0;
  }

  private void goOn(ChannelHandlerContext ctx) {
    paused = false;
    if (ctx.isRemoved()) {
      return;
    }
    deliver(ctx);
    ctx.fireChannelReadComplete();
    ctx.channel().config().setAutoRead(!paused);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    drop();
  }

  private void drop() {
    held.forEach(ByteBuf::release);
    held.clear();
  }

  /// How many of the bytes may be passed on: all, or those up to the frame that ends the budget.
  private int affordable(ByteBuf bytes) {
    int from = bytes.readerIndex();
    int end = bytes.writerIndex();
    for (int at = from; at < end; ) {
      if (skip > 0) {
        int skipped = Math.min(skip, end - at);
        skip -= skipped;
        at += skipped;
        continue;
      }
      head[headBytes++] = bytes.getUnsignedByte(at++);
      if (headBytes == HEAD_BYTES) {
        headBytes = 0;
        skip = head[0] << 16 | head[1] << 8 | head[2];
        boolean affordable = takes(cost(head[3], head[4], skip));
        if (!affordable || empty > EMPTY_MAX) {
          return at - from;
        }
      }
    }
    return end - from;
  }

  private int cost(int type, int flags, int length) {
    return switch (type) {
      case DATA -> data(flags, length);
      case HEADERS -> 0;
      case RST_STREAM -> RESET_NANOS;
      case WINDOW_UPDATE -> WINDOW_NANOS;
      default -> OTHER_NANOS;
    };
  }

  /// Padding hides that there is no data; gRPC libraries do not pad.
  private int data(int flags, int length) {
    boolean something =
        (length > 0 && (flags & FLAG_PADDED) == 0) || (flags & FLAG_END_STREAM) != 0;
    empty = something ? 0 : empty + 1;
    return something ? 0 : OTHER_NANOS;
  }

  /// Takes the price; false if the sender is to wait.
  private boolean takes(int costNanos) {
    if (costNanos > 0 && !budget.take(costNanos)) {
      waitNanos = budget.waitNanos(System.nanoTime());
    }
    return waitNanos == 0;
  }
}

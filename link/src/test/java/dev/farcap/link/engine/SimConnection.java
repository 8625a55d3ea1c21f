package dev.farcap.link.engine;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/// A simulated connection: delays frames, keeps their order, and may be cut. A cut loses what is
/// under way; each end notices in its own time.
final class SimConnection {
  /// Watches frames and may cut.
  interface Fate {
    /// No cuts.
    Fate NONE = (_, _) -> Verdict.DELIVER;

    Verdict of(boolean fromDialler, FrameKind kind);
  }

  /// What becomes of a frame.
  enum Verdict {
    DELIVER,
    CUT_BEFORE,
    CUT_AFTER
  }

  private static final int WRITABLE_BYTES = 64 << 10;

  private final SimWorld world;
  private final Fate fate;
  private final SimDriver dialler;
  private final SimAcceptor acceptor;
  private @Nullable SimDriver accepted;
  private boolean cut;
  private final long[] lastArrival = new long[2];
  private final int[] inFlight = new int[2];

  SimConnection(SimWorld world, Fate fate, SimDriver dialler, SimAcceptor acceptor) {
    this.world = world;
    this.fate = fate;
    this.dialler = dialler;
    this.acceptor = acceptor;
  }

  boolean isWritable(SimDriver from) {
    return inFlight[index(from)] < WRITABLE_BYTES;
  }

  void send(SimDriver from, ByteBuf frame) {
    byte[] bytes = new byte[frame.readableBytes()];
    frame.readBytes(bytes);
    frame.release();
    int index = index(from);
    inFlight[index] += bytes.length;
    lastArrival[index] =
        Math.max(lastArrival[index], world.now() + (long) (world.between(0.1, 3) * 1e6));
    world.at(lastArrival[index], () -> arrive(from, index, bytes));
  }

  private int index(SimDriver from) {
    return from == dialler ? 0 : 1;
  }

  private void arrive(SimDriver from, int index, byte[] bytes) {
    boolean wasWritable = isWritable(from);
    inFlight[index] -= bytes.length;
    if (cut) {
      return;
    }
    FrameKind kind = kind(bytes);
    switch (fate.of(index == 0, kind)) {
      case CUT_BEFORE -> cut();
      case CUT_AFTER -> {
        deliver(index, bytes);
        cut();
      }
      case DELIVER -> {
        deliver(index, bytes);
        if (!wasWritable && isWritable(from)) {
          from.writable(this);
        }
      }
    }
  }

  private static FrameKind kind(byte[] bytes) {
    Frame frame = new FrameReader().read(Unpooled.wrappedBuffer(bytes));
    FrameReader.releasePayload(frame);
    return frame.kind();
  }

  private void deliver(int index, byte[] bytes) {
    if (index == 1) {
      dialler.frame(this, bytes);
    } else if (accepted != null) {
      accepted.frame(this, bytes);
    } else {
      accepted = acceptor.greet(this, bytes);
    }
  }

  void cut() {
    if (cut) {
      return;
    }
    cut = true;
    world.afterMs(world.between(0, 20), () -> dialler.lost(this));
    world.afterMs(
        world.between(0, 60),
        () -> {
          if (accepted != null) {
            accepted.lost(this);
          }
        });
  }
}

package dev.farcap.transport.shm;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// Frames are written, over the end of the ring and where others were, while they are read: each is
/// seen whole and in its turn, or not yet.
@JCStressTest
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "before both")
@Outcome(id = "7, 0, 0", expect = Expect.ACCEPTABLE, desc = "the first, then not the second yet")
@Outcome(id = "0, 7, 0", expect = Expect.ACCEPTABLE, desc = "not yet, then the first")
@Outcome(id = "0, 0, 7", expect = Expect.ACCEPTABLE, desc = "not yet twice, then the first")
@Outcome(id = "7, 8, 0", expect = Expect.ACCEPTABLE, desc = "both")
@Outcome(id = "7, 0, 8", expect = Expect.ACCEPTABLE, desc = "both, the second at another look")
@Outcome(id = "0, 7, 8", expect = Expect.ACCEPTABLE, desc = "both, the first at another look")
@Outcome(expect = Expect.FORBIDDEN, desc = "a part of a frame, an old one, or another order")
@State
public class RingFrameStress {
  private static final ByteBuf OLD = numbers(3);
  private static final ByteBuf FIRST = numbers(7);
  private static final ByteBuf SECOND = numbers(8);

  private final SmallRing ring = new SmallRing(64);

  /// Two frames were written and read; the next one goes over the end.
  public RingFrameStress() {
    for (int i = 0; i < 2; i++) {
      ring.write(OLD);
      ring.take();
    }
    ring.reader.publish();
  }

  /// Twenty bytes: the ring takes them as twenty-four.
  private static ByteBuf numbers(int number) {
    return Unpooled.unreleasableBuffer(
        Unpooled.copyInt(number, number, number, number, number).asReadOnly());
  }

  /// One process.
  @Actor
  public void writer() {
    ring.write(FIRST);
    ring.write(SECOND);
  }

  /// The other.
  @Actor
  public void reader(III_Result result) {
    result.r1 = ring.take();
    result.r2 = ring.take();
    result.r3 = ring.take();
  }
}

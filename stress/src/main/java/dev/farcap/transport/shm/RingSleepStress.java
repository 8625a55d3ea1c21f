package dev.farcap.transport.shm;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/// A reader goes to sleep while a frame is written: it sees the frame, whole, or its bell is rung.
@JCStressTest
@Outcome(id = "true, true, 0", expect = Expect.ACCEPTABLE, desc = "asleep, and its bell is rung")
@Outcome(id = "false, false, 42", expect = Expect.ACCEPTABLE, desc = "sees the frame in time")
@Outcome(id = "true, false, 42", expect = Expect.ACCEPTABLE, desc = "sees it, and is rung for")
@Outcome(expect = Expect.FORBIDDEN, desc = "sleeps for ever, or sees another frame")
@State
public class RingSleepStress {
  private final SmallRing ring = new SmallRing();

  /// One process.
  @Actor
  public void writer(ZZI_Result result) {
    result.r1 = ring.write();
  }

  /// The other.
  @Actor
  public void reader(ZZI_Result result) {
    result.r2 = ring.reader.sleep();
    if (!result.r2) {
      result.r3 = ring.take();
    }
  }
}

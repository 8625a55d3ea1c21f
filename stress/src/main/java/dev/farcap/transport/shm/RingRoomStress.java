package dev.farcap.transport.shm;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// A writer waits for room while a frame is read: it sees the room, or its bell is rung.
@JCStressTest
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "waits, and its bell is rung")
@Outcome(id = "false, false", expect = Expect.ACCEPTABLE, desc = "sees the room in time")
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "sees it, and is rung for")
@Outcome(id = "false, true", expect = Expect.FORBIDDEN, desc = "waits for ever")
@State
public class RingRoomStress {
  private final SmallRing ring = new SmallRing();

  /// The ring is full.
  public RingRoomStress() {
    ring.write();
    ring.write();
  }

  /// One process.
  @Actor
  public void reader(ZZ_Result result) {
    ring.take();
    result.r1 = ring.reader.publish();
  }

  /// The other.
  @Actor
  public void writer(ZZ_Result result) {
    result.r2 = ring.writer.awaitUnreadAtMost(ring.writer.unreadBeside(SmallRing.FRAME));
  }
}

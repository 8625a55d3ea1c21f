package dev.farcap.link;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// A program asks whether it may go on while its last message arrives: if it is told to wait, it is
/// told later to go on.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "may go on, needs no word")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "waits, and is told")
@Outcome(id = "true, true", expect = Expect.ACCEPTABLE, desc = "may go on, and is told so again")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "waits for ever")
@State
public class HoppingStress {
  private static final int BYTES = 64 << 10;

  private final Hopping hopping = new Hopping();

  /// One message is under way.
  public HoppingStress() {
    hopping.begin(BYTES);
  }

  /// The program.
  @Actor
  public void program(ZZ_Result result) {
    result.r1 = Hopping.hasRoom(hopping);
  }

  /// The loop.
  @Actor
  public void loop(ZZ_Result result) {
    result.r2 = hopping.arrived(BYTES);
  }
}

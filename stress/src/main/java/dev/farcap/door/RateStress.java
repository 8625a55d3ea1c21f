package dev.farcap.door;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two calls begin at the same instant under a grant for one a second.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first begins")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second begins")
@Outcome(expect = Expect.FORBIDDEN, desc = "both or none")
@State
public class RateStress {
  private static final long NOW = 7;

  private final Rate rate = new Rate(1, NOW);

  /// One call.
  @Actor
  public void one(ZZ_Result result) {
    result.r1 = rate.take(NOW);
  }

  /// Another one.
  @Actor
  public void other(ZZ_Result result) {
    result.r2 = rate.take(NOW);
  }
}

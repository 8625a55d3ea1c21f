package dev.farcap.door;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two threads ask for the same one, who is not known yet and may once a second: they share one
/// budget.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first may")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second may")
@Outcome(expect = Expect.FORBIDDEN, desc = "both or none")
@State
public class RatesStress {
  private final Rates<String> rates = new Rates<>(1, () -> 7);

  /// One thread.
  @Actor
  public void one(ZZ_Result result) {
    result.r1 = rates.take("asker");
  }

  /// Another one.
  @Actor
  public void other(ZZ_Result result) {
    result.r2 = rates.take("asker");
  }
}

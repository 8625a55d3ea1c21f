package dev.farcap.session;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/// Two threads raise one handler: it is told of every edge, in one run at a time, so that a plain
/// counter is enough.
@JCStressTest
@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "every edge was told")
@Outcome(expect = Expect.FORBIDDEN, desc = "an edge was lost, told twice, or two runs overlapped")
@State
public class SignalHandlerStress {
  private final SignalHandler handler = new SignalHandler(edges -> this.told += edges);
  private long told;

  /// Raises once.
  @Actor
  public void one() {
    handler.submit();
  }

  /// Raises two edges at a time.
  @Actor
  public void other() {
    handler.raise(2);
  }

  /// Looks.
  @Arbiter
  public void count(J_Result result) {
    result.r1 = told;
  }
}

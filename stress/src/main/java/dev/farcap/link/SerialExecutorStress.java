package dev.farcap.link;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// Two threads hand tasks to one call's executor, whose threads are the two: every task runs, and
/// none at the same time as another, so that a plain counter is enough.
@JCStressTest
@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "all ran, one after the other")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was lost or ran beside another")
@State
public class SerialExecutorStress {
  private final SerialExecutor executor = new SerialExecutor(Runnable::run);
  private int ran;

  /// A listener's callback.
  @Actor
  public void one() {
    executor.execute(() -> ran++);
  }

  /// One that asks for a further one.
  @Actor
  public void other() {
    executor.execute(
        () -> {
          ran++;
          executor.execute(() -> ran++);
        });
  }

  /// Looks.
  @Arbiter
  public void count(I_Result result) {
    result.r1 = ran;
  }
}

package dev.farcap.link;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// A program completes a call while another thread cancels it: each operation runs once, wherever
/// it has waited. The loop is whoever releases them, so it has all of them in one run.
@JCStressTest
@Outcome(id = "1, 1, 1", expect = Expect.ACCEPTABLE, desc = "each ran once")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was lost or ran twice")
@State
public class HeldStress {
  private final Held held = new Held();
  private int begun;
  private int completed;
  private int cancelled;

  /// The program has begun the call.
  public HeldStress() {
    held.add(() -> begun++);
  }

  /// The program.
  @Actor
  public void program() {
    if (!held.add(() -> completed++)) {
      completed++;
    }
    held.release(Runnable::run);
  }

  /// Who cancels.
  @Actor
  public void canceller() {
    if (!held.add(() -> cancelled++)) {
      cancelled++;
    }
    held.release(Runnable::run);
  }

  /// Looks.
  @Arbiter
  public void count(III_Result result) {
    result.r1 = begun;
    result.r2 = completed;
    result.r3 = cancelled;
  }
}

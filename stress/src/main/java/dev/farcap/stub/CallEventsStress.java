package dev.farcap.stub;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A callback comes while the reader of a call gives up: it runs all the same, whoever runs it, so
/// that a plain counter is enough.
@JCStressTest
@Outcome(id = "2", expect = Expect.ACCEPTABLE, desc = "both ran, one after the other")
@Outcome(expect = Expect.FORBIDDEN, desc = "one was lost or ran beside another")
@State
public class CallEventsStress {
  private final CallEvents events = new CallEvents();
  private int ran;

  /// One has come before.
  public CallEventsStress() {
    events.execute(() -> ran++);
  }

  /// The network.
  @Actor
  public void comes() {
    events.execute(() -> ran++);
  }

  /// The reader.
  @Actor
  public void givesUp() {
    events.abandon();
  }

  /// Looks.
  @Arbiter
  public void count(I_Result result) {
    result.r1 = ran;
  }
}

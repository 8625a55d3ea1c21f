package dev.farcap.link;

import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.SignalPort.SignalContext;
import java.util.Random;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/// Two threads raise one context: its handler is told of every edge, in one run at a time, so that
/// a plain counter is enough.
@JCStressTest
@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "every edge was told")
@Outcome(expect = Expect.FORBIDDEN, desc = "an edge was lost, told twice, or two runs overlapped")
@State
public class SignalContextStress {
  private static final KeyId KEY = new KeyId("ab".repeat(KeyId.BYTES));
  private static final Id128 EPOCH = new Id128("cd".repeat(Id128.BYTES));
  private static final Identity RAISER = Identity.parse("farcap://realm/host");

  private final SignalContexts contexts = new SignalContexts(KEY, EPOCH, new Random(1));
  private final SignalContext context = contexts.create(RAISER, edges -> this.told += edges);
  private long told;

  /// Raises once.
  @Actor
  public void one() {
    contexts.raise(context.reference());
  }

  /// Raises twice.
  @Actor
  public void other() {
    contexts.raise(context.reference());
    contexts.raise(context.reference());
  }

  /// Looks.
  @Arbiter
  public void count(J_Result result) {
    result.r1 = told;
  }
}

package dev.farcap.stub;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// The first two calls of a session come at once: one object serves both.
@JCStressTest
@Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "both have the same")
@Outcome(expect = Expect.FORBIDDEN, desc = "each has its own, or one was made too many")
@State
public class SessionTableStress {
  private final AtomicInteger lit = new AtomicInteger();
  private final SessionTable<Lamp> lamps = new SessionTable<>(2, _ -> new Lamp(lit));
  private @Nullable Lamp ofOne;
  private @Nullable Lamp ofOther;

  /// One call.
  @Actor
  public void one() {
    ofOne = lamps.apply(Lamp.CALLER);
  }

  /// Another one.
  @Actor
  public void other() {
    ofOther = lamps.apply(Lamp.CALLER);
  }

  /// Looks.
  @Arbiter
  public void compare(ZI_Result result) {
    result.r1 = ofOne != null && ofOne.equals(ofOther);
    result.r2 = lit.get();
  }
}

package dev.farcap.stub;

import io.grpc.StatusRuntimeException;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// A server ends while the first call of a session comes: nothing is left behind.
@JCStressTest
@Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "served, and closed with the others")
@Outcome(id = "false, 0", expect = Expect.ACCEPTABLE, desc = "refused")
@Outcome(expect = Expect.FORBIDDEN, desc = "an object is left")
@State
public class SessionTableCloseStress {
  private final AtomicInteger lit = new AtomicInteger();
  private final SessionTable<Lamp> lamps = new SessionTable<>(2, _ -> new Lamp(lit));

  /// A call.
  @Actor
  public void call(ZI_Result result) {
    try {
      var _ = lamps.apply(Lamp.CALLER);
      result.r1 = true;
    } catch (StatusRuntimeException closed) {
      result.r1 = false;
    }
  }

  /// The end of the server.
  @Actor
  public void close() {
    lamps.close();
  }

  /// Looks.
  @Arbiter
  public void count(ZI_Result result) {
    result.r2 = lit.get();
  }
}

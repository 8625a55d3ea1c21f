package dev.farcap.stub;

import dev.farcap.session.SessionEnd;
import io.grpc.Context;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/// A session ends while its first call comes: the table learns of the end, early or late.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "closed with its session")
@Outcome(expect = Expect.FORBIDDEN, desc = "left behind, or closed twice")
@State
public class SessionEndStress {
  private final AtomicInteger lit = new AtomicInteger();
  private final SessionTable<Lamp> lamps = new SessionTable<>(2, _ -> new Lamp(lit));
  private final SessionEnd end = new SessionEnd(Runnable::run);
  private final Context context = end.in(Context.ROOT);

  /// A call.
  @Actor
  public void call() {
    context.run(
        () -> {
          var _ = lamps.apply(Lamp.CALLER);
        });
  }

  /// The end of the session.
  @Actor
  public void end() {
    end.tell();
  }

  /// Looks.
  @Arbiter
  public void count(I_Result result) {
    result.r1 = lit.get();
  }
}

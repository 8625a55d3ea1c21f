package dev.farcap.server;

import dev.farcap.capability.Grant;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.SessionHost;
import io.grpc.ServerMethodDefinition;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/// Two sessions of a grant for one are opened while grants out of use are forgotten: one opens.
@JCStressTest
@Outcome(id = "true, false", expect = Expect.ACCEPTABLE, desc = "the first opens")
@Outcome(id = "false, true", expect = Expect.ACCEPTABLE, desc = "the second opens")
@Outcome(id = "true, true", expect = Expect.FORBIDDEN, desc = "more than the grant allows")
@Outcome(id = "false, false", expect = Expect.FORBIDDEN, desc = "less than the grant allows")
@State
public class GrantUsesStress {
  private static final Grant.Limits ONE = new Grant.Limits(1, 1, 1 << 20, 1, 1);

  /// Looks for what is out of use each time.
  private final GrantUses uses = new GrantUses(() -> 0, 0);

  /// One session.
  @Actor
  public void one(ZZ_Result result) {
    result.r1 = opens();
  }

  /// Another one.
  @Actor
  public void other(ZZ_Result result) {
    result.r2 = opens();
  }

  private boolean opens() {
    try {
      uses.open("grant", ONE, Nothing::new);
      return true;
    } catch (NotHostedException full) {
      return false;
    }
  }

  private static final class Nothing implements SessionHost {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      return null;
    }
  }
}

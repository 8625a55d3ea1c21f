package dev.farcap.client;

import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/// Two threads need the session after it has ended: one session more is opened, for both.
@JCStressTest
@Outcome(id = "true, 2", expect = Expect.ACCEPTABLE, desc = "both have the second session")
@Outcome(expect = Expect.FORBIDDEN, desc = "two were opened, or one has the ended one")
@State
public class ReopeningStress {
  private static final SessionRequest REQUEST = SessionRequest.of("acme.Engine", Label.EMPTY);

  private final ReopeningChannel channel = new ReopeningChannel(this::open, REQUEST);
  private int opened;
  private @Nullable Session ofOne;
  private @Nullable Session ofOther;

  /// The first session has ended.
  public ReopeningStress() {
    channel.session().close(CloseReason.REROUTED);
  }

  private Session open(SessionRequest request) {
    opened++;
    return new EndedByHand(request);
  }

  /// One caller.
  @Actor
  public void one() {
    ofOne = channel.session();
  }

  /// Another one.
  @Actor
  public void other() {
    ofOther = channel.session();
  }

  /// Looks.
  @Arbiter
  public void compare(ZI_Result result) {
    result.r1 = ofOne != null && ofOne.equals(ofOther) && ofOne.state() == Session.State.ACTIVE;
    result.r2 = opened;
  }
}

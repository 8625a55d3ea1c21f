package dev.farcap.node;

import dev.farcap.session.Failure;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.NotHostedException;
import dev.farcap.session.Peer;
import dev.farcap.session.Quota;
import dev.farcap.session.SessionControl;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import io.grpc.ServerMethodDefinition;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/// A session opens while the policies change: it is not served for long by what was in force
/// before.
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "opened before, ended by the change")
@Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "decided before, not opened after")
@Outcome(id = "2, [01], [01]", expect = Expect.ACCEPTABLE, desc = "decided by what is new")
@Outcome(expect = Expect.FORBIDDEN, desc = "served for ever by what was in force before")
@State
public class HostedSessionsStress {
  private static final Label LABEL = Label.of("host-a", "app1");
  private static final SessionRequest REQUEST = SessionRequest.of("acme.Engine", Label.of("app1"));
  private static final Peer PEER =
      new Peer(
          Identity.parse("farcap://lab/host-a"),
          new KeyId("aa".repeat(KeyId.BYTES)),
          Instant.parse("2100-01-01T00:00:00Z"));

  private final HostedSessions sessions = new HostedSessions(this::gate, new Audit());
  private volatile int policy = 1;
  private int decidedBy;
  private volatile boolean ended;
  private volatile boolean left;

  private Decision gate(SessionRequest request, Peer peer, byte @Nullable [] token) {
    decidedBy = policy;
    return new Decision.Accepted(
        LABEL, Quota.DEFAULT, PEER.certificateExpires(), _ -> new Nothing());
  }

  /// A peer's session: decided, then opened.
  @Actor
  public void session() {
    Decision decision = sessions.decide(REQUEST, PEER, null);
    if (decision instanceof Decision.Accepted accepted) {
      try {
        var _ = accepted.host().apply(new Control());
      } catch (NotHostedException changed) {
        left = true;
      }
    }
  }

  /// The policies change, and none of the sessions stays.
  @Actor
  public void change() {
    policy = 2;
    sessions.endUnless((_, _) -> false);
  }

  /// Which policy decided, whether the session was ended, and whether it is served now.
  @Arbiter
  public void look(III_Result result) {
    result.r1 = decidedBy;
    result.r2 = ended ? 1 : 0;
    result.r3 = ended || left ? 0 : 1;
  }

  private final class Control implements SessionControl {
    @Override
    public String name() {
      return "s1";
    }

    @Override
    public void end(Failure failure) {
      ended = true;
    }
  }

  private static final class Nothing implements SessionHost {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      return null;
    }
  }
}

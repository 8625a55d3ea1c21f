package dev.farcap.client;

import dev.farcap.session.Label;
import dev.farcap.session.Session;
import dev.farcap.session.Session.CloseReason;
import dev.farcap.session.SessionRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.util.ArrayList;
import java.util.List;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/// A channel is retired while it has a call to make: no session is left open, whichever of the two
/// opened or closed the last.
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "every session is closed")
@Outcome(expect = Expect.FORBIDDEN, desc = "a session is left open")
@State
public class RetiringStress {
  private static final SessionRequest REQUEST = SessionRequest.of("acme.Engine", Label.EMPTY);

  private final ReopeningChannel channel = new ReopeningChannel(this::open, REQUEST);
  private final List<Session> opened = new ArrayList<>(2);

  private Session open(SessionRequest request) {
    Session session = new EndedByHand(request);
    opened.add(session);
    return session;
  }

  /// Makes a call.
  @Actor
  public void call() {
    channel
        .newCall(HealthGrpc.getCheckMethod(), CallOptions.DEFAULT)
        .start(new ClientCall.Listener<HealthCheckResponse>() {}, new Metadata());
  }

  /// Retires the channel.
  @Actor
  public void retire() {
    channel.retire(CloseReason.UNUSED);
  }

  /// Looks.
  @Arbiter
  public void count(J_Result result) {
    result.r1 = opened.stream().filter(open -> open.state() != Session.State.CLOSED).count();
  }
}

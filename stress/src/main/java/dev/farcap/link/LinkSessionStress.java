package dev.farcap.link;

import dev.farcap.link.engine.Counted;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkEngine;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.link.engine.OwnSession;
import dev.farcap.session.Failure;
import dev.farcap.session.Id128;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionRequest;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.InstantSource;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.J_Result;

/// Two threads submit in one session while the loop takes what they have counted: the engine is
/// told of every edge once.
@JCStressTest
@Outcome(id = "3", expect = Expect.ACCEPTABLE, desc = "every edge was told")
@Outcome(expect = Expect.FORBIDDEN, desc = "an edge was lost or told twice")
@State
public class LinkSessionStress {
  private static final EventLoop LOOP =
      new DefaultEventLoop(new DefaultThreadFactory("stress-loop", true));

  private static final LinkEndpoint ENDPOINT =
      new LinkEndpoint(
          new KeyId("ab".repeat(KeyId.BYTES)),
          LOOP,
          LinkSettings.DEFAULT,
          (_, _, _) ->
              new Decision.Refused(Failure.notExecuted(Failure.Kind.REFUSED, "nothing is here")),
          Runnable::run,
          null,
          InstantSource.system(),
          new Random(1),
          new LinkCounters());

  private static final SessionRequest REQUEST = SessionRequest.of("acme.Sensor", Label.EMPTY);
  private static final Id128 ID = new Id128("cd".repeat(Id128.BYTES));

  private final Link link = new Link(ENDPOINT, "peer", true, ID, ENDPOINT.sendRoom().newShare());
  private final LinkEngine engine =
      new LinkEngine(
          "peer",
          true,
          ID,
          ID,
          LinkSettings.DEFAULT,
          ENDPOINT.sendRoom().newShare(),
          ENDPOINT.counters(),
          ENDPOINT.allocator(),
          System::nanoTime,
          link);
  private final LinkSession session = new LinkSession(link, REQUEST, null, this::open);
  private @Nullable OwnSession own;

  private OwnSession open(OwnSession.Listener listener) {
    OwnSession opened = engine.open(REQUEST, null, false, listener);
    own = opened;
    return opened;
  }

  /// Submits once.
  @Actor
  public void one() {
    session.submit();
  }

  /// Submits twice.
  @Actor
  public void other() {
    session.submit();
    session.submit();
  }

  /// Looks, once the loop has done what it was given.
  @Arbiter
  public void count(J_Result result) {
    result.r1 = LOOP.submit(this::countAndEnd).syncUninterruptibly().getNow();
  }

  private long countAndEnd() {
    long edges = own == null ? 0 : Counted.edges(own);
    engine.end("counted");
    return edges;
  }
}

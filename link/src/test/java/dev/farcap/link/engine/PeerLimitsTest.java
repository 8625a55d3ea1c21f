package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.farcap.session.Failure;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What the peer said it accepts: whatever exceeds it fails here by name, and only that.
final class PeerLimitsTest {
  private static final Limits STRICT = new Limits(40_000, 50_000, 60_000, 1_000, 2, 200);

  private EngineRig rig = EngineRig.up(Limits.DEFAULT, STRICT);

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void aSessionTooManyIsRefusedHere() {
    rig.opened();
    rig.opened();
    RecordingSession events = new RecordingSession();

    rig.open(events);

    Failure failure = Objects.requireNonNull(events.failure, "was not refused");
    assertEquals(Failure.Kind.OVERLOADED, failure.kind());
    assertEquals(Failure.Outcome.NOT_EXECUTED, failure.outcome());
    assertEquals(1, rig.counters.overloaded.sum());
  }

  @Test
  void aSessionTooManyOfThePeersIsRefusedThere() {
    rig.close();
    rig = EngineRig.up(STRICT, Limits.DEFAULT);
    rig.hosts(2);
    rig.hosts(4);

    rig.receive(new Frame.Open(6, "sim.Service", List.of("app"), 0, null));

    assertEquals(
        Failure.notExecuted(Failure.Kind.OVERLOADED, "too many sessions on this link"),
        rig.sent(Frame.Refused.class).getFirst().failure());
  }

  @Test
  void aRequestTooLongFailsItsCall() {
    RecordingCaller caller = rig.unary(rig.opened(), 1_001);

    assertEquals("8 not-executed", caller.outcome());
    assertEquals("message of 1001 bytes, limit 1000", caller.description);
    assertEquals(0, rig.sent(Frame.Call.class).size());
  }

  @Test
  void aLaterRequestTooLongFailsAStreamWithUnknownOutcome() {
    RecordingCaller caller = rig.begin(rig.opened(), null);
    caller.call().message(rig.bytes(1_000));
    rig.settle();

    caller.call().message(rig.bytes(1_001));
    rig.settle();

    assertEquals("8 unknown", caller.outcome());
    assertEquals(FrameKind.CANCEL, rig.takeKinds().getLast());
  }

  @Test
  void aReplyTooLongFailsItsCall() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));

    rig.host.calls.getFirst().call.message(rig.bytes(1_001));
    rig.settle();

    Frame.Return end = rig.sent(Frame.Return.class).getFirst();
    assertEquals(8, end.code());
    assertEquals("message of 1001 bytes, limit 1000", end.description());
  }

  @Test
  void metadataTooLongFailsItsCall() {
    byte[][] metadata = FrameSamples.metadata("name", "v".repeat(165));

    RecordingCaller caller = rig.begin(rig.opened(), "Say", metadata, null);

    assertEquals("8 not-executed", caller.outcome());
    assertEquals("metadata of 201 bytes, limit 200", caller.description);
  }

  @Test
  void headersTooLongFailTheirCall() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));

    rig.host.calls.getFirst().call.headers(FrameSamples.metadata("name", "v".repeat(165)));
    rig.settle();

    assertEquals(8, rig.sent(Frame.Return.class).getFirst().code());
    assertEquals(0, rig.sent(Frame.Headers.class).size());
  }

  @Test
  void trailersTooLongFailTheirCall() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));

    rig.host.calls.getFirst().call.finish(0, "", FrameSamples.metadata("name", "v".repeat(165)));
    rig.settle();

    Frame.Return end = rig.sent(Frame.Return.class).getFirst();
    assertEquals(8, end.code());
    assertEquals("trailers of 201 bytes, limit 200", end.description());
  }

  @Test
  void aDescriptionTooLongFailsItsCall() {
    rig.hosts(2);
    rig.receive(rig.call(2, 2, 10));

    rig.host.calls.getFirst().call.finish(2, "x".repeat(100_000), LinkEngine.NO_METADATA);
    rig.settle();

    assertEquals(8, rig.sent(Frame.Return.class).getFirst().code());
  }

  @Test
  void aMethodNameTooLongFailsItsCall() {
    RecordingCaller caller = rig.begin(rig.opened(), "m".repeat(256), LinkEngine.NO_METADATA, null);

    assertEquals("12 not-executed", caller.outcome());
    assertEquals("method name of 256 characters, limit 255", caller.description);
  }

  @Test
  void whatWasBegunBeforeTheFirstHelloKeepsToTheLimitsToo() {
    rig.close();
    rig = new EngineRig(LinkSettings.DEFAULT, STRICT);
    OwnSession session = rig.open(new RecordingSession());
    RecordingCaller tooLong = rig.unary(session, 1_001);
    RecordingCaller tooMuch =
        rig.begin(session, "Say", FrameSamples.metadata("name", "v".repeat(165)), null);
    RecordingCaller fits = rig.unary(session, 1_000);

    rig.connect();

    assertEquals("8 not-executed", tooLong.outcome());
    assertEquals("8 not-executed", tooMuch.outcome());
    assertFalse(fits.isOver());
    assertEquals(1, rig.sent(Frame.Call.class).size());
  }

  @Test
  void metadataBeyondThisSidesLimitEndsTheLink() {
    rig.close();
    rig = EngineRig.up(STRICT, Limits.DEFAULT);
    rig.hosts(2);
    byte[][] metadata = FrameSamples.metadata("name", "v".repeat(165));

    rig.receive(new Frame.Call(2, 2, "Say", 0, metadata, false, 10, rig.bytes(10)));

    assertEquals(1, rig.counters.malformed.sum());
  }

  @Test
  void trailersBeyondThisSidesLimitEndTheLink() {
    rig.close();
    rig = EngineRig.up(STRICT, Limits.DEFAULT);
    rig.unary(rig.opened(), 10);
    byte[][] metadata = FrameSamples.metadata("name", "v".repeat(165));

    rig.receive(new Frame.Return(1, 0, "", null, metadata, 10, rig.bytes(10)));

    assertEquals(1, rig.counters.malformed.sum());
  }

  @Test
  void headersThatComeTwiceEndTheLinkAndHoldNothing() {
    rig.unary(rig.opened(), 10);

    rig.receive(
        new Frame.Headers(1, LinkEngine.NO_METADATA),
        new Frame.Return(
            1, 0, "", LinkEngine.NO_METADATA, LinkEngine.NO_METADATA, 10, rig.bytes(10)));

    assertEquals(1, rig.counters.malformed.sum());
  }

  @Test
  void aTokenTooLongEndsTheLink() {
    rig.receive(new Frame.Present(1, new byte[8 * 1024 + 1]));

    assertEquals(1, rig.counters.malformed.sum());
  }

  @Test
  void aCallerThatIgnoresReadinessFailsItself() {
    rig.close();
    rig = EngineRig.up();
    RecordingCaller caller = rig.begin(rig.opened(), null);
    for (int i = 0; i < 4; i++) {
      caller.call().message(rig.bytes(4 << 20));
    }
    rig.settle();

    assertEquals("8 not-executed", caller.outcome());
  }
}

package dev.farcap.link.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Pings: who does not answer three of them has lost its connection, not its link.
final class LivenessTest {
  private static final Duration INTERVAL = Duration.ofSeconds(5);

  private final EngineRig rig = EngineRig.up();

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void aPingIsSentEveryFiveSeconds() {
    for (int i = 0; i < 10; i++) {
      rig.pass(INTERVAL).receive(new Frame.Pong(0));
    }

    assertEquals(10, rig.sent(Frame.Ping.class).size());
    assertEquals(LinkEngine.State.UP, rig.engine.state());
  }

  @Test
  void threeMissedPingsEndTheConnectionAndSuspendTheLink() {
    rig.pass(INTERVAL.multipliedBy(3).plusSeconds(4));
    assertEquals(LinkEngine.State.UP, rig.engine.state());

    rig.pass(Duration.ofSeconds(1));

    assertEquals(LinkEngine.State.SUSPENDED, rig.engine.state());
    assertEquals("3 pings were not answered", rig.endReason);
    assertEquals(1, rig.closedConnections);
    assertEquals(1, rig.counters.unanswered.sum());
  }

  @Test
  void aPongForgivesTheMissedOnes() {
    rig.pass(INTERVAL.multipliedBy(3));

    rig.receive(new Frame.Pong(3)).pass(INTERVAL.multipliedBy(3));

    assertEquals(LinkEngine.State.UP, rig.engine.state());
  }

  @Test
  void aResumedLinkBeginsToCountAnew() {
    rig.pass(INTERVAL.multipliedBy(3));
    rig.cut().resume(0);

    rig.pass(INTERVAL.multipliedBy(3));

    assertEquals(LinkEngine.State.UP, rig.engine.state());
  }

  @Test
  void aPingIsAnsweredWithItsNonce() {
    rig.receive(new Frame.Ping(77, 0, 0));

    assertEquals(77, rig.sent(Frame.Pong.class).getFirst().nonce());
  }

  @Test
  void aFloodOfPingsIsAnsweredByFewPongs() {
    rig.writable(1);
    for (int i = 0; i < 1_000; i++) {
      rig.engine.frame(ping(i));
    }
    rig.settle();

    assertTrue(rig.sent(Frame.Pong.class).size() <= 8);
  }

  private static ByteBuf ping(long nonce) {
    return Unpooled.wrappedBuffer(WireFrames.of(0, new Frame.Ping(nonce, 0, 0)).toByteArray());
  }

  @Test
  void theRoundTripIsMeasured() {
    rig.pass(INTERVAL).pass(Duration.ofMillis(3));

    rig.receive(new Frame.Pong(rig.sent(Frame.Ping.class).getLast().nonce()));

    assertEquals(Duration.ofMillis(3).toNanos(), rig.engine.roundTripNanos());
  }

  @Test
  void aPingTellsWhatWasTakenOverToo() {
    rig.hosts(2);

    rig.pass(INTERVAL);

    assertEquals(1, rig.sent(Frame.Ack.class).getFirst().number());
  }

  @Test
  void nothingIsSentWhileSuspended() {
    rig.cut().takeSent();

    rig.pass(Duration.ofSeconds(29));

    assertEquals(List.of(), rig.takeSent());
  }
}

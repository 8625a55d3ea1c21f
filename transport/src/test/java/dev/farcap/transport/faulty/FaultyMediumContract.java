package dev.farcap.transport.faulty;

import static dev.farcap.transport.faulty.Direction.IN;
import static dev.farcap.transport.faulty.Direction.OUT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.ConnectionContract;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Medium;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.tls.TlsCredentials;
import dev.farcap.transport.tls.TlsTestRealm;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What every connection promises, those of a medium promise over a line that is late, uneven and
/// narrow in both directions, of both sides; and over the medium the line does as it is told.
///
/// Each command is given once, to the dialler's line. [FaultyLineTest] has them in detail.
abstract class FaultyMediumContract extends ConnectionContract {
  static final TlsTestRealm REALM = TlsTestRealm.create();
  static final TlsCredentials ACCEPTOR = REALM.issue("farcap://test/acceptor");
  static final TlsCredentials DIALLER = REALM.issue("farcap://test/dialler");

  /// One after the other they take many times what one takes that is not held.
  private static final int WITNESSES = 20;

  private static final byte[] HELD = Recorder.bytes("held");

  private final Medium far;
  private final Medium near;
  private final FaultyLine farLine = FaultyInProcessTest.poorLine();
  private final FaultyLine nearLine = FaultyInProcessTest.poorLine();

  FaultyMediumContract(Medium far, Medium near) {
    this.far = far;
    this.near = near;
  }

  /// What the acceptor listens at.
  abstract String listening();

  @Override
  protected void openMedium() {}

  @Override
  protected Acceptor listen(Acceptor.AcceptHandler handler) throws IOException {
    return far.listen(listening(), loops, farLine.acceptor(handler));
  }

  @Override
  protected Acceptor listenAgain(String address) throws IOException {
    return far.listen(address, loops, Recorder::new);
  }

  @Override
  protected Dialer dialer() {
    return over(near);
  }

  /// Dials by the dialler's line.
  final Dialer over(Medium medium) {
    return nearLine.dialer(medium);
  }

  @Override
  protected void closeMedium() {
    near.close();
    far.close();
    nearLine.close();
    farLine.close();
  }

  private static Recorder from(Pair pair, Direction direction) {
    return direction == OUT ? pair.near() : pair.far();
  }

  private static Recorder to(Pair pair, Direction direction) {
    return direction == OUT ? pair.far() : pair.near();
  }

  private static void assertPasses(Recorder from, Recorder to, int count) {
    int before = to.frameCount();
    for (int i = 1; i <= count; i++) {
      from.send(Recorder.bytes("passes"));
      to.awaitFrames(before + i);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aStalledDirectionHoldsItsFramesWhileAllElseGoesOn(Direction direction) {
    Pair pair = connect();
    nearLine.stall(direction);

    from(pair, direction).send(HELD);
    Pair other = connect();
    assertPasses(to(pair, direction), from(pair, direction), WITNESSES);
    assertEquals(0, to(pair, direction).frameCount());
    nearLine.resume(direction);
    to(pair, direction).awaitFrames(1);

    assertArrayEquals(HELD, to(pair, direction).frames().getFirst());
    assertPasses(from(other, direction), to(other, direction), 1);
  }

  @ParameterizedTest
  @EnumSource
  void aPartitionHoldsFramesFarewellsAndDialsUntilItHeals(Direction direction) {
    Pair pair = connect();
    Pair witness = connect();
    nearLine.partition(direction);

    from(pair, direction).send(HELD);
    from(pair, direction).close("done");
    CompletableFuture<Recorder> dialling = dial(address(), loops.next());
    assertPasses(to(witness, direction), from(witness, direction), WITNESSES);
    assertEquals(List.of(), to(pair, direction).events());
    assertFalse(dialling.isDone());
    nearLine.heal(direction);

    assertEquals("the peer closed the connection", to(pair, direction).awaitClosed());
    assertArrayEquals(HELD, to(pair, direction).frames().getFirst());
    Pair next = accept(dialling);
    assertPasses(next.near(), next.far(), 1);
  }

  @Test
  void aCutEndsBothSidesLosesWhatIsUnderWayAndIsOver() {
    Pair pair = connect();
    nearLine.stall(OUT);
    pair.near().send(HELD);

    nearLine.cut();

    assertEquals("the line was cut", pair.near().awaitClosed());
    assertEquals("the peer closed the connection", pair.far().awaitClosed());
    assertEquals(0, pair.far().frameCount());
    assertEquals(1, nearLine.framesLost(OUT));
    nearLine.resume(OUT);
    Pair next = connect();
    assertPasses(next.near(), next.far(), 1);
  }

  @Test
  void aCutHereLeavesTheOtherSideWithAConnectionThatIsHalfOpen() {
    Pair pair = connect();

    nearLine.cutHere();

    assertEquals("the line was cut", pair.near().awaitClosed());
    pair.far().send(Recorder.bytes("into the void"));
    Recorder.awaitThat("loss", () -> nearLine.framesLost(IN) == 1);
    assertEquals(List.of(), pair.far().events());
    nearLine.close();
    assertEquals("the peer closed the connection", pair.far().awaitClosed());
  }
}

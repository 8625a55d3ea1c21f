package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.session.Id128;
import dev.farcap.session.Identity;
import dev.farcap.session.Label;
import dev.farcap.session.ObjectRef;
import dev.farcap.session.SessionRequest;
import dev.farcap.session.SignalPort;
import dev.farcap.session.SignalPort.SignalContext;
import dev.farcap.session.SignalPort.SignalTransmitter;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Signals across a link, in both directions.
final class LinkSignalsTest {
  private static final SessionRequest ANY = SessionRequest.of("acme.Sensor", Label.EMPTY);

  private InProcessPair pair;
  private SignalPort atA;
  private SignalPort atB;

  @BeforeEach
  void connect() throws Exception {
    pair = new InProcessPair();
    atA = pair.a.signals(_ -> InProcessPair.B);
    atB = pair.b.signals(_ -> InProcessPair.A);
    await(pair.link::isUp);
  }

  @AfterEach
  void disconnect() {
    pair.close();
  }

  @Test
  void aContextOfTheDiallerIsRaisedByTheAcceptor() throws Exception {
    AtomicLong edges = new AtomicLong();
    SignalContext context = atA.create(ANY, edges::addAndGet);

    atB.transmitter(context.reference()).submit();

    await(() -> edges.get() == 1);
  }

  @Test
  void aContextOfTheAcceptorIsRaisedByTheDialler() throws Exception {
    AtomicLong edges = new AtomicLong();
    SignalContext context = atB.create(ANY, edges::addAndGet);

    atA.transmitter(context.reference()).submit();

    await(() -> edges.get() == 1);
  }

  @Test
  void anEdgeFromTheLoopIsNotLostBeforeItHasHeardOfTheTransmitter() throws Exception {
    AtomicLong edges = new AtomicLong();
    SignalContext context = atB.create(ANY, edges::addAndGet);
    CompletableFuture<SignalTransmitter> handed = new CompletableFuture<>();
    pair.link.loop().execute(() -> handed.orTimeout(20, TimeUnit.SECONDS).join().submit());

    handed.complete(atA.transmitter(context.reference()));

    await(() -> edges.get() == 1);
  }

  @Test
  void aMillionSubmitsAgainstAStalledHandlerArriveAsFewDeliveriesWithTheLastEdge()
      throws Exception {
    Stalling handler = new Stalling();
    SignalContext context = atB.create(ANY, handler);
    SignalTransmitter transmitter = atA.transmitter(context.reference());

    for (int i = 0; i < 1_000_000; i++) {
      transmitter.submit();
    }
    handler.goOn.countDown();

    await(() -> handler.edges.get() == 1_000_000);
    assertTrue(handler.deliveries.get() < 100_000, handler.deliveries + " deliveries");
  }

  @Test
  void theLastEdgeArrivesAlsoAcrossACut() throws Exception {
    AtomicLong edges = new AtomicLong();
    SignalContext context = atB.create(ANY, edges::addAndGet);
    SignalTransmitter transmitter = atA.transmitter(context.reference());

    for (int i = 1; i <= 50; i++) {
      transmitter.submit();
      pair.cut();
      transmitter.submit();
      long sent = 2L * i;
      await(() -> edges.get() == sent);
    }
  }

  @Test
  void aMillionSubmitsWhileTheHandlerStallsAndTheLinkIsCutLoseNoEdge() throws Exception {
    Stalling handler = new Stalling();
    SignalContext context = atB.create(ANY, handler);
    SignalTransmitter transmitter = atA.transmitter(context.reference());
    transmitter.submit();
    await(() -> handler.deliveries.get() == 1);

    for (int i = 1; i < 1_000_000; i++) {
      transmitter.submit();
      if (i % 100_000 == 0) {
        pair.cut();
      }
    }
    await(pair.link::isUp);
    handler.goOn.countDown();

    await(() -> handler.edges.get() == 1_000_000);
    assertTrue(handler.deliveries.get() < 1_000, handler.deliveries + " deliveries");
  }

  @Test
  void aContextMadeForSomebodyElseCannotBeRaised() throws Exception {
    AtomicLong edges = new AtomicLong();
    SignalPort forC = pair.b.signals(_ -> Identity.parse("farcap://lab/host-c"));
    SignalContext context = forC.create(ANY, edges::addAndGet);

    SignalTransmitter transmitter = atA.transmitter(context.reference());
    transmitter.submit();

    await(transmitter::isDead);
    assertEquals(0, edges.get());
  }

  @Test
  void aGuessedContextCannotBeRaised() throws Exception {
    SignalContext context = atB.create(ANY, LinkSignalsTest::ignore);
    ObjectRef real = context.reference();
    ObjectRef guessed =
        new ObjectRef(
            real.host(), real.epoch(), new Id128("00".repeat(Id128.BYTES)), real.service());

    await(atA.transmitter(guessed)::isDead);
  }

  @Test
  void aContextOfAFormerRunIsDead() {
    SignalContext context = atB.create(ANY, LinkSignalsTest::ignore);
    ObjectRef real = context.reference();
    ObjectRef former =
        new ObjectRef(real.host(), new Id128("00".repeat(Id128.BYTES)), real.id(), real.service());

    assertTrue(atA.transmitter(former).isDead());
  }

  @Test
  void closingAContextTellsWhoeverHoldsIt() throws Exception {
    SignalContext context = atB.create(ANY, LinkSignalsTest::ignore);
    SignalTransmitter transmitter = atA.transmitter(context.reference());
    transmitter.submit();

    context.close();

    await(transmitter::isDead);
    assertEquals(0, pair.b.signalContexts());
  }

  @Test
  void aContextOfTheSameProcessIsRaisedWithoutALink() {
    AtomicLong edges = new AtomicLong();
    SignalContext context = atA.create(ANY, edges::addAndGet);

    atA.transmitter(context.reference()).submit();

    assertEquals(1, edges.get());
  }

  @Test
  void contextsAreBounded() {
    for (int i = 0; i < 10_000; i++) {
      atA.create(ANY, LinkSignalsTest::ignore);
    }

    assertThrows(
        io.grpc.StatusRuntimeException.class, () -> atA.create(ANY, LinkSignalsTest::ignore));
  }

  private static void ignore(long edges) {}

  /// Takes nothing until it may go on.
  private static final class Stalling implements LongConsumer {
    final CountDownLatch goOn = new CountDownLatch(1);
    final AtomicLong edges = new AtomicLong();
    final AtomicLong deliveries = new AtomicLong();

    @Override
    public void accept(long told) {
      deliveries.incrementAndGet();
      try {
        assertTrue(goOn.await(10, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      edges.addAndGet(told);
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within 20 s");
      LockSupport.parkNanos(100_000);
    }
  }
}

package dev.farcap.transport.faulty;

import static dev.farcap.transport.faulty.Direction.IN;
import static dev.farcap.transport.faulty.Direction.OUT;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.Principal;
import dev.farcap.transport.Recorder;
import dev.farcap.transport.inprocess.InProcessNetwork;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The faults of a line, on a loop whose time the test owns. The dialler's side is decorated.
final class FaultyLineTest {
  private static final String ADDRESS = "inprocess://far";
  private static final Principal WHO =
      new Principal("farcap://test/x", "0".repeat(64), Instant.MAX);

  private final MockTicker ticker = Ticker.newMockTicker();
  private final EmbeddedChannel clock = EmbeddedChannel.builder().ticker(ticker).build();
  private final EventLoop loop = clock.eventLoop();
  private final InProcessNetwork network = new InProcessNetwork();
  private final List<Recorder> accepted = new ArrayList<>();
  private final List<Recorder> dialled = new ArrayList<>();
  private final FaultyLine line = new FaultyLine(7);
  private final long bufferBytes = bufferBytes();
  private Acceptor acceptor;

  @BeforeEach
  void listen() throws IOException {
    acceptor = listen(ADDRESS, this::accept);
  }

  private Acceptor listen(String address, Acceptor.AcceptHandler handler) throws IOException {
    return network.listen(address, WHO, loop, handler);
  }

  private Recorder accept(Connection connection) {
    Recorder far = new Recorder(connection);
    accepted.add(far);
    return far;
  }

  @AfterEach
  void everythingIsGivenBack() {
    dialled.forEach(end -> end.close("the test is over"));
    accepted.forEach(end -> end.close("the test is over"));
    for (Direction direction : Direction.values()) {
      line.resume(direction);
      line.heal(direction);
    }
    line.close();
    pass(Duration.ofMinutes(1));
    acceptor.close();
    for (Recorder end : dialled) {
      assertEquals(1, end.closedReasons().size(), "ends once");
      assertEquals("closed", end.events().getLast(), "ends last");
    }
    assertEquals(bufferBytes, bufferBytes(), "bytes of buffers not released");
  }

  private static long bufferBytes() {
    UnpooledByteBufAllocator all = UnpooledByteBufAllocator.DEFAULT;
    return all.metric().usedDirectMemory() + all.metric().usedHeapMemory();
  }

  /// Lets time pass, from one event to the next.
  private void pass(Duration time) {
    long left = time.toNanos();
    for (long next = settle(); next >= 0 && next <= left; next = settle()) {
      ticker.advance(next, TimeUnit.NANOSECONDS);
      left -= next;
    }
    ticker.advance(left, TimeUnit.NANOSECONDS);
    var _ = settle();
  }

  /// Does all that is to be done now.
  ///
  /// @return nanoseconds until there is something again; negative if never
  private long settle() {
    while (clock.hasPendingTasks()) {
      clock.runPendingTasks();
    }
    return clock.runScheduledPendingTasks();
  }

  private static Duration ms(long ms) {
    return Duration.ofMillis(ms);
  }

  private static LineQuality late(long ms) {
    return LineQuality.PERFECT.latency(ms(ms));
  }

  private CompletableFuture<Recorder> dial() {
    return Recorder.dial(line.dialer(network.dialer(WHO)), ADDRESS, loop)
        .whenComplete(
            (near, _) -> {
              if (near != null) {
                dialled.add(near);
              }
            });
  }

  private Recorder near() {
    CompletableFuture<Recorder> near = dial();
    pass(Duration.ZERO);
    return near.join();
  }

  private Recorder far() {
    return accepted.getLast();
  }

  private static byte[] number(int number) {
    return Recorder.bytes("frame " + number);
  }

  // Quality.

  @ParameterizedTest
  @EnumSource
  void everyFrameOfADirectionIsLateByItsLatency(Direction direction) {
    Recorder near = near();
    Recorder from = direction == OUT ? near : far();
    Recorder to = direction == OUT ? far() : near;
    line.quality(direction, late(40));

    from.send(number(1));
    pass(ms(10));
    from.send(number(2));
    to.send(Recorder.bytes("the other direction"));
    pass(ms(29));

    assertEquals(0, to.frameCount(), "after 39 ms");
    assertEquals(1, from.frameCount(), "the other direction is not late");
    pass(ms(1));
    assertEquals(1, to.frameCount(), "after 40 ms");
    pass(ms(10));
    assertEquals(2, to.frameCount(), "after 50 ms");
  }

  @Test
  void theSeedAloneSaysHowLateEachFrameIs() {
    List<Long> first = arrivals(new FaultyLine(1));
    List<Long> again = arrivals(new FaultyLine(1));
    List<Long> other = arrivals(new FaultyLine(2));

    assertEquals(first, again);
    assertNotEquals(first, other);
    assertEquals(first.stream().sorted().toList(), first, "in order");
    assertTrue(first.getFirst() >= 10_000_000, "latency");
    assertTrue(first.stream().distinct().count() > 20, "uneven");
    long sent = 0;
    for (long arrived : first) {
      assertTrue(arrived - sent <= 60_000_000, "latency and jitter are the most");
      sent += 10_000_000;
    }
  }

  /// When each of a hundred frames, sent 10 ms apart, arrives.
  private List<Long> arrivals(FaultyLine jittery) {
    jittery.quality(OUT, late(10).jitter(ms(50)));
    CompletableFuture<Recorder> dialling =
        Recorder.dial(jittery.dialer(network.dialer(WHO)), ADDRESS, loop);
    pass(ms(10));
    Recorder near = dialling.join();
    dialled.add(near);
    List<Long> arrivals = new ArrayList<>();
    long began = ticker.nanoTime();
    far().onFrame(_ -> arrivals.add(ticker.nanoTime() - began));
    for (int i = 0; i < 100; i++) {
      near.send(number(i));
      pass(ms(10));
    }
    pass(ms(100));
    for (int i = 0; i < 100; i++) {
      assertArrayEquals(number(i), far().frames().get(i));
    }
    return arrivals;
  }

  @Test
  void connectionsOfOneLineAreLateEachInItsOwnWay() {
    FaultyLine jittery = new FaultyLine(1);
    List<Long> first = lateness(arrivals(jittery));
    List<Long> second = lateness(arrivals(jittery));

    first.retainAll(second);
    assertTrue(first.size() < 10, first.size() + " of 100 are as late as one of the other's");
  }

  /// How late each of the frames was that were sent 10 ms apart.
  private static List<Long> lateness(List<Long> arrivals) {
    List<Long> late = new ArrayList<>();
    for (int i = 0; i < arrivals.size(); i++) {
      late.add(arrivals.get(i) - i * 10_000_000L);
    }
    return late;
  }

  @Test
  void framesLeaveOneAfterTheOtherAsFastAsTheBandwidthSays() {
    Recorder near = near();
    line.quality(OUT, LineQuality.PERFECT.bytesPerSecond(1_000));

    for (int i = 0; i < 10; i++) {
      near.send(new byte[100]);
    }

    for (int i = 0; i < 10; i++) {
      pass(ms(99));
      assertEquals(i, far().frameCount());
      pass(ms(1));
      assertEquals(i + 1, far().frameCount());
    }
  }

  @Test
  void aBetterQualityHoldsFromTheNextFrameOn() {
    Recorder near = near();
    line.quality(OUT, LineQuality.PERFECT.bytesPerSecond(1));
    near.send(new byte[1000]);
    pass(ms(1000));

    line.quality(OUT, LineQuality.PERFECT);
    pass(Duration.ZERO);

    assertEquals(1, far().frameCount());
  }

  @Test
  void aDialTakesARoundTrip() {
    line.quality(OUT, late(30));
    line.quality(IN, late(20));

    CompletableFuture<Recorder> dialling = dial();
    pass(ms(49));
    assertFalse(dialling.isDone());
    pass(ms(1));

    assertTrue(dialling.isDone());
  }

  // Backpressure.

  @Test
  void whatWaitsForBandwidthStopsTheWriterUntilHalfOfItIsGone() {
    Recorder near = near();
    line.quality(OUT, LineQuality.PERFECT.bytesPerSecond(1 << 20));

    int sent = fill(near);
    pass(ms(62));

    assertEquals(8, sent);
    assertFalse(near.events().contains("writable"), "64 KiB take 62.5 ms");
    pass(ms(1));
    assertTrue(near.events().contains("writable"));
    assertTrue(near.connection().isWritable());
  }

  /// Sends frames of 16 KiB while it may.
  private static int fill(Recorder end) {
    int sent = 0;
    while (sent < 10_000 && end.connection().isWritable()) {
      end.send(new byte[16 << 10]);
      sent++;
    }
    return sent;
  }

  @Test
  void whatTravelsIsBoundedToo() {
    Recorder near = near();
    line.quality(OUT, late(1_000));

    int sent = fill(near);

    assertEquals(Lane.WINDOW_BYTES_MAX + Lane.HIGH_WATER_BYTES, sent * (16 << 10));
    pass(ms(1_000));
    assertEquals(Lane.WINDOW_BYTES_MAX, far().frameCount() * (16 << 10));
    pass(ms(1_000));
    assertEquals(sent, far().frameCount());
  }

  @Test
  void aReaderThatStandsStillStopsTheOtherSide() {
    Recorder near = near();
    near.setReading(false);

    int sent = 0;
    for (int more = fill(far()); more > 0; more = fill(far())) {
      sent += more;
      pass(ms(1));
    }

    assertTrue(sent < 1_000, sent + " frames of 16 KiB");
    assertEquals(0, near.frameCount());
    near.setReading(true);
    pass(ms(1));
    assertEquals(sent, near.frameCount());
    assertTrue(far().connection().isWritable());
  }

  // Standing still.

  @ParameterizedTest
  @EnumSource
  void aStalledDirectionHoldsItsFramesAndTheOtherGoesOn(Direction direction) {
    Recorder near = near();
    Recorder from = direction == OUT ? near : far();
    Recorder to = direction == OUT ? far() : near;
    line.stall(direction);

    from.send(number(1), number(2));
    to.send(number(3));
    pass(Duration.ofHours(1));
    assertEquals(0, to.frameCount());
    assertEquals(1, from.frameCount());
    line.resume(direction);
    pass(Duration.ZERO);

    assertEquals(2, to.frameCount());
    assertArrayEquals(number(1), to.frames().getFirst());
  }

  @Test
  void whatWaitedWhileALineStoodStillLeavesOneAfterTheOther() {
    Recorder near = near();
    line.quality(OUT, LineQuality.PERFECT.bytesPerSecond(1_000));
    line.stall(OUT);
    for (int i = 0; i < 10; i++) {
      near.send(new byte[100]);
    }
    pass(Duration.ofHours(1));

    line.resume(OUT);

    for (int i = 0; i < 10; i++) {
      pass(ms(99));
      assertEquals(i, far().frameCount());
      pass(ms(1));
      assertEquals(i + 1, far().frameCount());
    }
  }

  @Test
  void newConnectionsComeToBeOverAStalledLine() {
    line.stall(OUT);

    Recorder near = near();

    assertEquals(List.of(), near.closedReasons());
  }

  @Test
  void noFarewellPassesAPartition() {
    Recorder near = near();
    line.partition(IN);

    far().send(number(1));
    far().close("done");
    pass(Duration.ofMinutes(1));
    assertEquals(List.of(), near.events());
    line.heal(IN);
    pass(Duration.ZERO);

    assertEquals(List.of("frame", "readComplete", "closed"), near.events());
    assertEquals("the peer closed the connection", near.closedReasons().getFirst());
  }

  @Test
  void whoClosesOverAPartitionEndsAtOnceAndTheOtherSideOnlyOnceItHealed() {
    Recorder near = near();
    line.partition(OUT);

    near.send(number(1));
    near.close("enough");
    pass(Duration.ofMinutes(1));

    assertEquals(List.of("enough"), near.closedReasons());
    assertEquals(List.of(), far().events());
    assertEquals(bufferBytes, bufferBytes(), "the frame is given up after a while");
    line.heal(OUT);
    pass(Duration.ZERO);
    assertEquals(List.of("closed"), far().events());
  }

  @ParameterizedTest
  @EnumSource
  void aDialWaitsForAPartitionToHeal(Direction direction) {
    line.partition(direction);

    CompletableFuture<Recorder> dialling = dial();
    pass(ms(4_000));
    assertFalse(dialling.isDone());
    line.heal(direction);
    pass(Duration.ZERO);

    assertEquals(List.of(), dialling.join().events());
  }

  @Test
  void aDialOverAPartitionTimesOut() {
    line.partition(OUT);

    CompletableFuture<Recorder> dialling = dial();
    pass(ms(5_000));

    assertEquals(
        ADDRESS + ": timed out: no answer to the attempt to connect", Recorder.reasonOf(dialling));
  }

  // Ends.

  @Test
  void theEndIsAsLateAsTheFramesBeforeIt() {
    Recorder near = near();
    line.quality(OUT, late(40));

    near.send(number(1));
    near.close("done");
    pass(ms(39));

    assertEquals(List.of("done"), near.closedReasons());
    assertEquals(List.of(), far().events());
    pass(ms(1));
    assertEquals(List.of("frame", "readComplete", "closed"), far().events());
  }

  @Test
  void aCutEndsBothSidesAndLosesWhatIsUnderWay() {
    Recorder near = near();
    line.quality(OUT, late(40));
    line.quality(IN, late(40));
    near.send(number(1));
    far().send(number(2));
    pass(ms(20));

    line.cut();
    pass(Duration.ZERO);

    assertEquals(List.of("closed"), near.events());
    assertEquals(List.of("the line was cut"), near.closedReasons());
    assertEquals(List.of("closed"), far().events());
    assertEquals(1, line.framesLost(OUT));
    assertEquals(1, line.framesLost(IN));
    CompletableFuture<Recorder> next = dial();
    pass(ms(80));
    assertEquals(List.of(), next.join().events(), "the next connection is as good as any");
  }

  @Test
  void aCutHereLeavesTheOtherSideWithAConnectionThatIsHalfOpen() {
    Recorder near = near();

    line.cutHere();
    pass(Duration.ZERO);
    far().send(number(1));
    pass(Duration.ofHours(1));

    assertEquals(List.of("the line was cut"), near.closedReasons());
    assertEquals(List.of(), far().events());
    assertEquals(bufferBytes, bufferBytes(), "what the other side sends is lost");
    assertEquals(1, line.framesLost(IN));
    near.send(number(2), number(3));
    assertEquals(2, line.framesLost(OUT), "sent after the end");
    line.close();
    pass(Duration.ZERO);
    assertEquals(List.of("closed"), far().events());
  }

  // The accepting side.

  @Test
  void theAcceptingSideMayBeTheDecoratedOne() throws IOException {
    String decorated = "inprocess://decorated";
    try (Acceptor _ = listen(decorated, line.acceptor(this::accept))) {
      line.quality(IN, late(40));
      CompletableFuture<Recorder> dialling = Recorder.dial(network.dialer(WHO), decorated, loop);
      pass(Duration.ZERO);
      Recorder near = dialling.join();

      near.send(number(1));
      pass(ms(39));
      assertEquals(0, far().frameCount());
      pass(ms(1));
      assertEquals(1, far().frameCount());

      line.partition(IN);
      CompletableFuture<Recorder> refused = Recorder.dial(network.dialer(WHO), decorated, loop);
      pass(Duration.ZERO);
      assertEquals(List.of("closed"), refused.join().events());
      assertEquals(1, accepted.size());
      near.close("done");
    }
  }

  // Values.

  @Test
  void aQualityThatCannotBeIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> late(-1));
    assertThrows(IllegalArgumentException.class, () -> late(3_600_001));
    assertThrows(IllegalArgumentException.class, () -> LineQuality.PERFECT.bytesPerSecond(0));
    assertThrows(IllegalArgumentException.class, () -> LineQuality.PERFECT.jitter(ms(-1)));
  }
}

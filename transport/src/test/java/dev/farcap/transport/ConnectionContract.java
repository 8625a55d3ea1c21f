package dev.farcap.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What [Connection], [ConnectionListener], [Dialer] and [Acceptor] promise. Every medium runs it.
public abstract class ConnectionContract {
  /// How much a medium is made to do; less of it where the network is bad on purpose.
  protected int frames = 100_000;

  /// So many connections come and go, some at a time: while one waits for the line others go on.
  protected int cycles = 2_000;

  protected int atOnce = 10;

  /// Whether they are looked for in the memory of the medium's library, too, which takes some
  /// seconds.
  protected boolean looksIntoLibrary;

  /// So many frames of 16 KiB are more than any buffer on the way.
  protected int pumped = 4_000;

  protected final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, EpollIoHandler.newFactory());
  private final BlockingQueue<Recorder> accepted = new LinkedBlockingQueue<>();
  private final List<Recorder> opened = new ArrayList<>();
  private volatile boolean hasNoListener;
  private Acceptor acceptor;
  private final LeakCheck leaks = new LeakCheck();

  /// A connection's two ends.
  protected record Pair(Recorder near, Recorder far) {}

  /// Prepares the medium; [#loops] are ready.
  protected abstract void openMedium() throws Exception;

  protected abstract Acceptor listen(Acceptor.AcceptHandler handler) throws IOException;

  /// Listens at an address that is in use already.
  protected abstract Acceptor listenAgain(String address) throws IOException;

  protected abstract Dialer dialer();

  /// One that waits no longer than it must, where nobody answers.
  protected Dialer impatientDialer() {
    return dialer();
  }

  protected abstract void closeMedium();

  /// How a dialler writes the address at which an acceptor says it listens.
  protected String dialled(String listening) {
    return listening;
  }

  /// What a dialler hears where nothing listens.
  protected String unheard() {
    return "refused: nothing listens there";
  }

  @BeforeEach
  void openEnds() throws Exception {
    openMedium();
    acceptor =
        listen(
            connection -> {
              if (hasNoListener) {
                throw new LinkageError("thrown on purpose");
              }
              Recorder far = new Recorder(connection);
              accepted.add(far);
              return far;
            });
  }

  @AfterEach
  void everythingIsGivenBack() {
    opened.forEach(end -> end.close("the test is over"));
    opened.forEach(Recorder::awaitClosed);
    // Those whose other end nobody has.
    accepted.forEach(Recorder::awaitClosed);
    acceptor.close();
    closeMedium();
    leaks.end(loops);

    for (Recorder end : opened) {
      List<String> events = end.events();
      assertEquals(1, end.closedReasons().size(), "ends once");
      assertEquals("closed", events.getLast(), "ends last");
      assertEquals(
          List.of(),
          events.stream().filter(event -> event.contains(" ")).toList(),
          "callbacks come on the loop and not within methods");
    }
  }

  protected Pair connect() {
    return accept(dial(address(), loops.next()));
  }

  /// The one that is dialled, and no other.
  protected Pair accept(CompletableFuture<Recorder> dialled) {
    Recorder near = dialled.join();
    Recorder far = awaitAccepted();
    opened.add(near);
    opened.add(far);
    return new Pair(near, far);
  }

  protected CompletableFuture<Recorder> dial(String address, EventLoop loop) {
    return Recorder.dial(dialer(), address, loop);
  }

  protected Recorder awaitAccepted() {
    try {
      Recorder far = accepted.poll(20, TimeUnit.SECONDS);
      assertNotNull(far, "nothing was accepted");
      return far;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /// Where to dial.
  protected String address() {
    return dialled(acceptor.address());
  }

  protected void stopAccepting() {
    acceptor.close();
  }

  private static void assertFrames(List<byte[]> expected, List<byte[]> actual) {
    assertEquals(expected.size(), actual.size(), "frames");
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i), actual.get(i), "frame " + i);
    }
  }

  // Frames.

  @Test
  void framesArriveWholeAndInOrderInBothDirections() {
    Pair pair = connect();
    List<byte[]> there = numbered("there", 100);
    List<byte[]> back = numbered("back", 100);

    pair.near.send(there.toArray(byte[][]::new));
    pair.far.send(back.toArray(byte[][]::new));
    pair.far.awaitFrames(100);
    pair.near.awaitFrames(100);

    assertFrames(there, pair.far.frames());
    assertFrames(back, pair.near.frames());
  }

  private static List<byte[]> numbered(String text, int count) {
    return IntStream.range(0, count).mapToObj(i -> Recorder.bytes(text + i)).toList();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        1, 2, 3, 4, 5, 127, 1023, 1024, 1025, 16_379, 16_380, 16_381, 16_384, 16_385, 32_768,
        65_535, 65_536
      })
  void aFrameOfAnyLengthArrivesUnaltered(int length) {
    Pair pair = connect();
    byte[] content = random(new Random(length), length);

    pair.near.send(Recorder.bytes("before"), content, Recorder.bytes("after"));
    pair.far.awaitFrames(3);

    assertFrames(
        List.of(Recorder.bytes("before"), content, Recorder.bytes("after")), pair.far.frames());
  }

  @Test
  void manyFramesOfRandomLengthArriveUnaltered() {
    // The longest seldom: all that is sent is kept for comparison.
    assertRandomFrames(frames - frames / 20, 1 << 10);
    assertRandomFrames(frames / 20, Connection.FRAME_BYTES_MAX);
  }

  private void assertRandomFrames(int count, int lengthMax) {
    long seed = System.nanoTime();
    System.out.println(getClass().getSimpleName() + " random frames, seed " + seed);
    Random random = new Random(seed);
    List<byte[]> sent =
        Stream.generate(() -> random(random, randomLength(random, lengthMax)))
            .limit(count)
            .toList();
    Pair pair = connect();

    for (int from = 0; from < sent.size(); ) {
      int to = Math.min(sent.size(), from + 1 + random.nextInt(40));
      pair.near.send(sent.subList(from, to).toArray(byte[][]::new));
      from = to;
    }
    pair.far.awaitFrames(sent.size());

    assertFrames(sent, pair.far.frames());
  }

  /// Every order of magnitude is as likely.
  private static int randomLength(Random random, int max) {
    return (int) Math.round(Math.exp(random.nextDouble() * Math.log(max)));
  }

  private static byte[] random(Random random, int length) {
    byte[] content = new byte[length];
    random.nextBytes(content);
    return content;
  }

  @Test
  void aFrameInPiecesOrOnTheHeapArrivesUnaltered() {
    Pair pair = connect();
    byte[] small = random(new Random(1), 700);
    byte[] large = random(new Random(2), 40_000);

    pair.near.onLoop(
        () -> {
          Connection connection = pair.near.connection();
          connection.send(Unpooled.copiedBuffer(small));
          connection.send(Unpooled.copiedBuffer(large));
          connection.send(
              Unpooled.wrappedBuffer(Recorder.buffer(small), Unpooled.copiedBuffer(small)));
          connection.send(
              Unpooled.wrappedBuffer(
                  Recorder.buffer(Recorder.bytes("head")), Recorder.buffer(large)));
          connection.flush();
        });
    pair.far.awaitFrames(4);

    assertFrames(
        List.of(small, large, join(small, small), join(Recorder.bytes("head"), large)),
        pair.far.frames());
  }

  private static byte[] join(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 65_537, 70_000})
  void anEmptyOrTooLongFrameIsRefusedAndReleased(int length) {
    Pair pair = connect();
    ByteBuf frame = Recorder.buffer(new byte[length]);
    List<String> messages = new ArrayList<>();

    pair.near.onLoop(
        () -> {
          IllegalArgumentException refusal =
              assertThrows(
                  IllegalArgumentException.class, () -> pair.near.connection().send(frame));
          messages.add(String.valueOf(refusal.getMessage()));
        });
    pair.near.send(Recorder.bytes("still alive"));
    pair.far.awaitFrames(1);

    assertEquals(List.of("frame is " + length + " bytes, limits 1..65536"), messages);
    assertEquals(0, frame.refCnt());
    assertFrames(List.of(Recorder.bytes("still alive")), pair.far.frames());
  }

  @Test
  void readCompleteFollowsTheLastFrameOfABatch() {
    Pair pair = connect();

    pair.near.send(
        Recorder.bytes("a"),
        Recorder.bytes("b"),
        Recorder.bytes("c"),
        Recorder.bytes("d"),
        Recorder.bytes("e"));
    pair.far.await(
        "readComplete after five frames",
        () -> pair.far.frameCount() == 5 && pair.far.events().getLast().equals("readComplete"));

    long completes = pair.far.events().stream().filter("readComplete"::equals).count();
    assertTrue(completes <= 5, completes + " readComplete for five frames");
  }

  @Test
  void aFrameSentWhileTheConnectionIsHandedOverArrivesFirst() throws Exception {
    CompletableFuture<Recorder> outcome = new CompletableFuture<>();
    dialer()
        .dial(
            address(),
            loops.next(),
            new Dialer.DialHandler() {
              @Override
              public ConnectionListener connected(Connection connection) {
                connection.send(Recorder.buffer(Recorder.bytes("hello")));
                connection.flush();
                Recorder near = new Recorder(connection);
                outcome.complete(near);
                return near;
              }

              @Override
              public void failed(String reason) {
                outcome.completeExceptionally(new IOException(reason));
              }
            });
    Recorder near = outcome.get(20, TimeUnit.SECONDS);
    Recorder far = awaitAccepted();
    opened.addAll(List.of(near, far));

    near.send(Recorder.bytes("second"));
    far.awaitFrames(2);

    assertFrames(List.of(Recorder.bytes("hello"), Recorder.bytes("second")), far.frames());
  }

  @Test
  void eachEndKnowsWhoTheOtherIs() {
    Pair pair = connect();

    assertEquals("farcap://test/acceptor", pair.near.connection().peer().name());
    assertEquals("farcap://test/dialler", pair.far.connection().peer().name());
    assertEquals(64, pair.near.connection().peer().keyId().length());
    assertTrue(acceptor.address().startsWith(pair.near.connection().medium() + "://"));
  }

  // Backpressure.

  /// Sends numbered frames whenever it may, up to a number.
  private static final class Pump {
    private static final int FRAME_BYTES = 16 << 10;
    private final int count;
    private final AtomicInteger sent = new AtomicInteger();

    Pump(int count) {
      this.count = count;
    }

    void run(Recorder end) {
      Connection connection = end.connection();
      while (sent.get() < count && connection.isWritable()) {
        while (sent.get() < count && connection.isWritable()) {
          ByteBuf frame = Recorder.buffer(content(sent.getAndIncrement()));
          end.method(() -> connection.send(frame));
        }
        end.method(connection::flush);
      }
    }

    static byte[] content(int number) {
      byte[] content = new byte[FRAME_BYTES];
      Arrays.fill(content, (byte) number);
      content[0] = (byte) (number >> 8);
      return content;
    }
  }

  @Test
  void aPausedReaderStopsTheWriterAndLosesNothing() throws Exception {
    Pair pair = connect();
    int count = pumped;
    Pump pump = new Pump(count);

    pair.far.setReading(false);
    pair.near.onWritable(pump::run);
    pair.near.onLoop(() -> pump.run(pair.near));
    awaitStandstill(pair.near, pump);

    assertTrue(pump.sent.get() < count, "the writer was never stopped");
    assertEquals(0, pair.far.frameCount(), "frames while reading is stopped");
    pair.near.onLoop(() -> assertFalse(pair.near.connection().isWritable()));

    pair.far.setReading(true);
    pair.far.awaitFrames(count);
    List<byte[]> received = pair.far.frames();
    assertTrue(pair.near.events().contains("writable"));
    for (int i = 0; i < count; i++) {
      assertArrayEquals(Pump.content(i), received.get(i), "frame " + i);
    }
  }

  /// Nothing was sent for 200 ms.
  private static void awaitStandstill(Recorder end, Pump pump) throws Exception {
    for (int round = 0; round < 100; round++) {
      int before = pump.sent.get();
      int after =
          end.connection().eventLoop().schedule(pump.sent::get, 200, TimeUnit.MILLISECONDS).get();
      if (before == after && after > 0) {
        return;
      }
    }
    throw new AssertionError("the writer never stands still");
  }

  @Test
  void bothDirectionsAtFullSpeedDoNotBlockEachOther() {
    Pair pair = connect();
    int count = pumped / 4;
    Pump there = new Pump(count);
    Pump back = new Pump(count);

    pair.near.onWritable(there::run);
    pair.far.onWritable(back::run);
    pair.near.onLoop(() -> there.run(pair.near));
    pair.far.onLoop(() -> back.run(pair.far));
    pair.far.awaitFrames(count);
    pair.near.awaitFrames(count);

    assertArrayEquals(Pump.content(count - 1), pair.far.frames().getLast());
    assertArrayEquals(Pump.content(count - 1), pair.near.frames().getLast());
  }

  @Test
  void readingStoppedWithinABatchHoldsTheRestBack() {
    Pair pair = connect();
    AtomicInteger atStop = new AtomicInteger();
    pair.far.onFrame(
        far -> {
          if (far.frameCount() == 3) {
            far.method(() -> far.connection().setReading(false));
            atStop.set(far.frameCount());
          }
        });

    pair.near.send(numbered("frame", 50).toArray(byte[][]::new));
    pair.far.await("stop", () -> atStop.get() == 3);
    pair.far.send(Recorder.bytes("a round trip, in which more could come"));
    pair.near.awaitFrames(1);

    assertEquals(3, pair.far.frameCount());
    pair.far.setReading(true);
    pair.far.awaitFrames(50);
    assertFrames(numbered("frame", 50), pair.far.frames());
  }

  // The end.

  @Test
  void closingEndsBothSidesOnceWithTheirReasons() {
    Pair pair = connect();

    pair.near.close("enough");
    pair.near.close("more than enough");

    assertEquals("enough", pair.near.awaitClosed());
    assertEquals("the peer closed the connection", pair.far.awaitClosed());
  }

  @Test
  void framesFlushedBeforeTheEndArrive() {
    Pair pair = connect();

    pair.near.onLoop(
        () -> {
          pair.near.send(Recorder.bytes("one"), Recorder.bytes("two"));
          pair.near.close("done");
        });
    pair.far.awaitClosed();

    assertFrames(List.of(Recorder.bytes("one"), Recorder.bytes("two")), pair.far.frames());
  }

  @Test
  void framesHeldBackAreDeliveredBeforeTheEnd() {
    Pair pair = connect();
    pair.far.setReading(false);

    pair.near.send(Recorder.bytes("one"), Recorder.bytes("two"));
    pair.near.close("done");
    pair.far.awaitClosed();

    assertFrames(List.of(Recorder.bytes("one"), Recorder.bytes("two")), pair.far.frames());
  }

  @Test
  void noFrameIsDeliveredAfterThisSideClosed() {
    Pair pair = connect();
    pair.far.onFrame(far -> far.close("one is enough"));

    pair.near.send(numbered("frame", 50).toArray(byte[][]::new));

    assertEquals("one is enough", pair.far.awaitClosed());
    assertEquals("the peer closed the connection", withoutReset(pair.near.awaitClosed()));
    assertEquals(1, pair.far.frameCount());
  }

  /// TCP resets a connection that is closed before everything was read.
  private static String withoutReset(String reason) {
    return reason.startsWith("the connection broke") ? "the peer closed the connection" : reason;
  }

  @Test
  void aFrameSentAfterTheEndIsReleased() {
    Pair pair = connect();
    ByteBuf frame = Recorder.buffer(Recorder.bytes("late"));

    pair.near.close("done");
    pair.near.onLoop(
        () -> {
          pair.near.connection().send(frame);
          pair.near.connection().flush();
        });

    assertEquals(0, frame.refCnt());
  }

  @Test
  void unflushedFramesAreReleasedAtTheEnd() {
    Pair pair = connect();

    pair.near.onLoop(
        () -> {
          pair.near.connection().send(Recorder.buffer(new byte[100]));
          pair.near.connection().send(Recorder.buffer(new byte[60_000]));
          pair.near.close("done");
        });

    assertEquals("done", pair.near.awaitClosed()); // and the buffers are counted afterwards
  }

  @Test
  void aPeerThatEndsWhileMuchIsUnderWayLeaksNothing() {
    Pair pair = connect();
    Pump pump = new Pump(pumped);
    pair.far.setReading(false);
    pair.near.onWritable(pump::run);

    pair.near.onLoop(() -> pump.run(pair.near));
    pair.far.close("enough");

    pair.near.awaitClosed();
    assertEquals("enough", pair.far.awaitClosed());
  }

  @Test
  void aListenerThatThrowsEndsItsConnectionOnly() {
    assertEndsItsConnectionOnly(
        () -> {
          throw new IllegalStateException("thrown on purpose");
        });
  }

  /// As a buffer that cannot be had is, and a class that is missing.
  @Test
  void aListenerThatFailsByAnErrorEndsItsConnectionOnly() {
    assertEndsItsConnectionOnly(
        () -> {
          throw new LinkageError("thrown on purpose");
        });
  }

  @Test
  void anAcceptorThatHasNoListenerEndsThatConnectionOnly() {
    Pair other = connect();
    hasNoListener = true;

    CompletableFuture<Recorder> dial = dial(address(), loops.next());

    boolean connected = dial.handle((near, _) -> near != null && opened.add(near)).join();
    if (connected) {
      opened.getLast().awaitClosed();
    } else {
      // Some media know before they have connected.
      assertInstanceOf(IOException.class, dial.exceptionNow());
    }
    other.near.send(Recorder.bytes("fine"));
    other.far.awaitFrames(1);
  }

  /// That its end of the connection is given up shows when everything is given back.
  @Test
  void aDiallerThatHasNoListenerEndsThatConnectionOnly() throws Exception {
    Pair other = connect();
    CompletableFuture<Connection> listenerless = new CompletableFuture<>();

    dialer()
        .dial(
            address(),
            loops.next(),
            new Dialer.DialHandler() {
              @Override
              public ConnectionListener connected(Connection connection) {
                listenerless.complete(connection);
                throw new LinkageError("thrown on purpose");
              }

              @Override
              public void failed(String reason) {
                // In-process, after it was connected.
              }
            });

    listenerless.get(20, TimeUnit.SECONDS);
    other.near.send(Recorder.bytes("fine"));
    other.far.awaitFrames(1);
  }

  private void assertEndsItsConnectionOnly(Runnable mistake) {
    Pair pair = connect();
    Pair other = connect();
    pair.far.onFrame(_ -> mistake.run());

    pair.near.send(Recorder.bytes("boom"));
    String reason = pair.far.awaitClosed();
    pair.near.awaitClosed();
    other.near.send(Recorder.bytes("fine"));
    other.far.awaitFrames(1);

    assertTrue(reason.contains("thrown on purpose"), reason);
  }

  // Connecting.

  @Test
  void dialingWhereNothingListensFailsWithAReason() {
    String address = address();
    acceptor.close();

    String reason = Recorder.reasonOf(Recorder.dial(impatientDialer(), address, loops.next()));

    assertEquals(address + ": " + unheard(), reason);
  }

  @Test
  void anAddressInUseIsAnErrorAtTheStart() {
    IOException thrown =
        assertThrows(IOException.class, () -> listenAgain(acceptor.address()).close());

    String message = String.valueOf(thrown.getMessage());
    assertTrue(message.startsWith(acceptor.address()) && message.contains("in use"), message);
  }

  @Test
  void connectionsOutliveTheirAcceptor() {
    Pair pair = connect();
    acceptor.close();

    pair.near.send(Recorder.bytes("still there"));
    pair.far.awaitFrames(1);

    assertFrames(List.of(Recorder.bytes("still there")), pair.far.frames());
  }

  @Test
  void manyConnectionsAtOnceKeepTheirFramesApart() {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 32; i++) {
      pairs.add(connect());
    }

    for (int round = 0; round < 20; round++) {
      for (int i = 0; i < pairs.size(); i++) {
        pairs.get(i).near.send(Recorder.bytes(i + "/" + round));
        pairs.get(i).far.send(Recorder.bytes(round + "/" + i));
      }
    }

    for (int i = 0; i < pairs.size(); i++) {
      int number = i;
      pairs.get(i).far.awaitFrames(20);
      pairs.get(i).near.awaitFrames(20);
      assertFrames(
          IntStream.range(0, 20).mapToObj(round -> Recorder.bytes(number + "/" + round)).toList(),
          pairs.get(i).far.frames());
      assertFrames(
          IntStream.range(0, 20).mapToObj(round -> Recorder.bytes(round + "/" + number)).toList(),
          pairs.get(i).near.frames());
    }
  }

  /// Descriptors, mappings and buffers are counted after this as after every test.
  @Test
  void manyConnectionsLeaveNothingBehind() {
    connectAndClose(cycles / 10); // The first ones begin what is kept.
    Threads threads = Threads.now();
    NativeMemory memory = looksIntoLibrary ? NativeMemory.settled() : NativeMemory.ANY;

    connectAndClose(cycles);

    threads.awaitAgain();
    memory.awaitAgain();
  }

  private void connectAndClose(int times) {
    for (int done = 0; done < times; done += atOnce) {
      connectAndCloseSome(done % (2 * atOnce) == 0);
    }
  }

  private void connectAndCloseSome(boolean byDiallers) {
    List<CompletableFuture<Recorder>> dialled =
        some(() -> Recorder.dial(dialer(), address(), loops.next()));
    List<Recorder> near = dialled.stream().map(CompletableFuture::join).toList();
    List<Recorder> far = some(this::awaitAccepted);
    near.forEach(end -> end.send(Recorder.bytes("ping")));
    far.forEach(end -> end.awaitFrames(1));

    (byDiallers ? near : far).forEach(end -> end.close("next"));

    near.forEach(Recorder::awaitClosed);
    far.forEach(Recorder::awaitClosed);
  }

  private <T> List<T> some(Supplier<T> one) {
    return Stream.generate(one).limit(atOnce).toList();
  }
}

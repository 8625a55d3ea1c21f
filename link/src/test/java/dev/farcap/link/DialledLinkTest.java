package dev.farcap.link;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.link.LinkEndpoint.Route;
import dev.farcap.link.engine.LinkCounters;
import dev.farcap.link.engine.LinkSettings;
import dev.farcap.session.Identity;
import dev.farcap.session.KeyId;
import dev.farcap.session.Label;
import dev.farcap.session.Quota;
import dev.farcap.session.Session;
import dev.farcap.session.SessionGate.Decision;
import dev.farcap.session.SessionHost;
import dev.farcap.session.SessionRequest;
import dev.farcap.transport.Acceptor;
import dev.farcap.transport.Connection;
import dev.farcap.transport.ConnectionListener;
import dev.farcap.transport.Dialer;
import dev.farcap.transport.Principal;
import dev.farcap.transport.inprocess.InProcessNetwork;
import io.grpc.ServerMethodDefinition;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which address a link dials, and when.
final class DialledLinkTest {
  private static final Instant FAR = Instant.parse("2999-01-01T00:00:00Z");
  private static final Identity A = TestMedium.A;
  private static final Identity B = TestMedium.B;
  private static final Identity C = Identity.parse("farcap://lab/host-c");
  private static final long PAUSE_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /// Eight pings make a long time.
  private static final Duration PING = Duration.ofMillis(250);

  private static final long LONG_NANOS = 8 * PING.toNanos();

  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final InProcessNetwork network = new InProcessNetwork();
  private final LinkEndpoint a = endpoint(TestMedium.KEY_A);
  private final LinkEndpoint b = endpoint(TestMedium.KEY_B);
  private final List<Acceptor> acceptors = new ArrayList<>();
  private final List<Connection> accepted = new CopyOnWriteArrayList<>();
  private final List<Attempt> attempts = new CopyOnWriteArrayList<>();

  /// Dials that have begun and not returned. On the loop of `a` only.
  private int depth;

  /// A dial.
  ///
  /// @param depth 1, or more if it was begun from within the failure of another: without a pause
  private record Attempt(String address, int depth, long nanos) {}

  private LinkEndpoint endpoint(KeyId key) {
    LinkSettings usual = LinkSettings.DEFAULT;
    return new LinkEndpoint(
        key,
        loops.next(),
        new LinkSettings(
            usual.limits(),
            usual.resumeWindow(),
            PING,
            usual.openTimeout(),
            usual.rerouteGrace(),
            usual.drainTimeout()),
        (_, _, _) -> new Decision.Accepted(Label.of("app"), Quota.DEFAULT, FAR, _ -> new Empty()),
        workers,
        workers,
        InstantSource.system(),
        new SecureRandom(),
        new LinkCounters());
  }

  private record Empty() implements SessionHost {
    @Override
    public @Nullable ServerMethodDefinition<?, ?> method(String name) {
      return null;
    }
  }

  @AfterEach
  void end() {
    a.close("test over");
    b.close("test over");
    acceptors.forEach(Acceptor::close);
    loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    workers.shutdown();
  }

  // ---- addresses ------------------------------------------------------------------------------

  private Route route(String address, Dialer dialer) {
    return new Route(
        address,
        (_, loop, handler) -> {
          depth++;
          attempts.add(new Attempt(address, depth, System.nanoTime()));
          dialer.dial(address, loop, handler);
          depth--;
        });
  }

  private Route refusing(String address) {
    return route(address, (_, _, handler) -> handler.failed(address + ": nobody there"));
  }

  private Route at(String address, Identity who, Acceptor.AcceptHandler handler)
      throws IOException {
    String place = "inprocess://" + address;
    Principal self = new Principal(who.toString(), TestMedium.KEY_B.hex(), FAR);
    acceptors.add(network.listen(place, self, b.loop(), handler));
    Dialer dialer = network.dialer(new Principal(A.toString(), TestMedium.KEY_A.hex(), FAR));
    return route(address, (_, loop, outcome) -> dialer.dial(place, loop, outcome));
  }

  private Route good(String address) throws IOException {
    return at(
        address,
        B,
        connection -> {
          accepted.add(connection);
          return b.accept(connection);
        });
  }

  private static ConnectionListener turnAway(Connection connection) {
    connection.close("not you");
    return new LinkEndpoint.Refused();
  }

  /// Comes up, and breaks with the first frame.
  private Route breaking(String address) throws IOException {
    Route sound = good(address);
    return new Route(
        address,
        (_, loop, handler) ->
            sound
                .dialer()
                .dial(
                    address,
                    loop,
                    new Dialer.DialHandler() {
                      @Override
                      public ConnectionListener connected(Connection connection) {
                        return new Breaking(connection, handler.connected(connection));
                      }

                      @Override
                      public void failed(String reason) {
                        handler.failed(reason);
                      }
                    }));
  }

  private record Breaking(Connection connection, ConnectionListener listener)
      implements ConnectionListener {
    @Override
    public void frame(ByteBuf frame) {
      listener.frame(frame);
      connection.close("broke");
    }

    @Override
    public void readComplete() {
      listener.readComplete();
    }

    @Override
    public void writable() {
      listener.writable();
    }

    @Override
    public void closed(String reason) {
      listener.closed(reason);
    }
  }

  private DialledLink dial(Route... routes) {
    return a.dial(B, List.of(routes));
  }

  private List<String> awaitAttempts(int count) {
    LinkPair.await(count + " attempts", () -> attempts.size() >= count);
    return attempts.stream().limit(count).map(Attempt::address).toList();
  }

  private void assertPauseBefore(int attempt) {
    Attempt late = attempts.get(attempt);
    long pause = late.nanos() - attempts.get(attempt - 1).nanos();
    assertEquals(1, late.depth());
    assertTrue(pause >= PAUSE_MIN_NANOS, attempts.toString());
  }

  private static void awaitUp(DialledLink dialled) {
    LinkPair.await("link", dialled.link()::isUp);
  }

  /// Breaks what is connected; what was broken before stays so.
  private void cut() {
    accepted.forEach(connection -> connection.eventLoop().execute(() -> connection.close("cut")));
  }

  // ---- rounds ---------------------------------------------------------------------------------

  @Test
  void addressesAreTriedInOrderAndOnlyARoundEndsWithAPause() {
    dial(refusing("one"), refusing("two"), refusing("three"));

    assertEquals(List.of("one", "two", "three", "one", "two", "three", "one"), awaitAttempts(7));

    List<Integer> depths = attempts.stream().limit(7).map(Attempt::depth).toList();
    assertEquals(List.of(1, 2, 3, 1, 2, 3, 1), depths);
    assertPauseBefore(3);
    assertPauseBefore(6);
  }

  @Test
  void whyEachAddressFailedIsTold() {
    DialledLink dialled = dial(refusing("one"), refusing("two"));
    awaitAttempts(3);

    assertEquals("one: nobody there; two: nobody there", dialled.lastFailure());
  }

  @Test
  void whyTheOthersFailedIsToldWhileOneIsInUse() throws Exception {
    DialledLink dialled = dial(refusing("one"), good("two"));
    awaitUp(dialled);

    assertEquals("one: nobody there", dialled.lastFailure());
  }

  @Test
  void anAddressThatSaysNothingIsWaitedForAndThenTheNextIsTried() throws Exception {
    List<Dialer.DialHandler> waiting = new CopyOnWriteArrayList<>();
    DialledLink dialled =
        dial(route("silent", (_, _, handler) -> waiting.add(handler)), good("two"));
    awaitAttempts(1);

    EventLoop loop = a.loop();
    loop.submit(() -> waiting.getFirst().failed("silent: timed out")).syncUninterruptibly();

    awaitUp(dialled);
    assertEquals(List.of("silent", "two"), awaitAttempts(2));
  }

  @Test
  void whereThePeerIsAnotherTheNextIsTried() throws Exception {
    DialledLink dialled = dial(at("one", C, DialledLinkTest::turnAway), good("two"));

    awaitUp(dialled);
    assertEquals(
        "one: expected farcap://lab/host-b, but the peer is farcap://lab/host-c",
        dialled.lastFailure());
  }

  @Test
  void whereThePeerTurnsTheLinkAwayTheNextIsTried() throws Exception {
    DialledLink dialled = dial(at("one", B, DialledLinkTest::turnAway), good("two"));

    awaitUp(dialled);
    assertEquals(List.of("one", "two"), awaitAttempts(2));
    assertTrue(Objects.requireNonNull(dialled.lastFailure()).startsWith("one: "));
  }

  // ---- losses ---------------------------------------------------------------------------------

  @Test
  void aLinkThatComesUpAndBreaksAtOncePausesToo() throws Exception {
    dial(breaking("one"));

    awaitAttempts(5);
    for (int attempt = 1; attempt < 5; attempt++) {
      assertPauseBefore(attempt);
    }
  }

  @Test
  void aLinkThatBreaksSoonThoughItWorkedIsDialledAtTheNextAddress() throws Exception {
    DialledLink dialled = dial(good("one"), good("two"), good("three"));
    work(dialled.link());

    cut();

    assertEquals(List.of("one", "two"), awaitAttempts(2));
    awaitUp(dialled);
    work(dialled.link());
    cut();
    assertEquals(List.of("one", "two", "three"), awaitAttempts(3));
  }

  private static void work(Link link) {
    Session session = link.open(SessionRequest.of("acme.Greeter", Label.of("app")), null, false);
    LinkPair.await("session", () -> session.state() == Session.State.ACTIVE);
  }

  @Test
  void aLinkThatWasUpForLongIsDialledAtItsAddressAgain() throws Exception {
    DialledLink dialled = dial(refusing("one"), good("two"));
    awaitUp(dialled);
    LinkPair.await("a long time", () -> dialled.link().stateNanos() > LONG_NANOS);

    cut();

    assertEquals(List.of("one", "two", "two"), awaitAttempts(3));
    awaitUp(dialled);
  }

  @Test
  void ifItIsNotThereTheWholeListIsTried() throws Exception {
    DialledLink dialled = dial(refusing("one"), good("two"), refusing("three"));
    awaitUp(dialled);
    LinkPair.await("a long time", () -> dialled.link().stateNanos() > LONG_NANOS);

    acceptors.getFirst().close();
    cut();

    assertEquals(List.of("one", "two", "two", "one", "three", "one"), awaitAttempts(6));
    assertPauseBefore(5);
  }
}

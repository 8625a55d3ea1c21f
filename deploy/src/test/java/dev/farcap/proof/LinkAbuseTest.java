package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.ca.GrantOrder;
import dev.farcap.capability.LabelPattern;
import dev.farcap.link.wire.Ack;
import dev.farcap.link.wire.Call;
import dev.farcap.link.wire.Cancel;
import dev.farcap.link.wire.Close;
import dev.farcap.link.wire.Credit;
import dev.farcap.link.wire.Frame;
import dev.farcap.link.wire.Open;
import dev.farcap.link.wire.Ping;
import dev.farcap.link.wire.Present;
import dev.farcap.link.wire.Signal;
import dev.farcap.link.wire.Upgrade;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A host that abuses a server-proxy harms itself: calls of a program on another host take about as
/// long as before, the proxies hold no more than their bounds, and the abuse is counted.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class LinkAbuseTest {
  private static final int FLOOD = 1_000;

  @TempDir private static Path folder;
  private Backend backend;
  private ProcessPair pair;
  private Program program;
  private Bystander bystander;
  private Bystander.Notice quiet;
  private Path abuser;
  private byte[] token;
  private int port;

  private final ConcurrentLinkedQueue<AutoCloseable> connections = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean going = new AtomicBoolean();
  private final AtomicLong rounds = new AtomicLong();
  private final List<Thread> abusers = new ArrayList<>();

  @BeforeAll
  void start() throws Exception {
    backend = Backend.at(folder.resolve("backend.sock"));
    // Links of an abuser that is gone are not to count against the next one.
    pair =
        ProcessPair.withBackend(folder, backend.socket())
            .withTimes("{resumeWindow: 1s}", "300s")
            .start();
    program = Program.at(pair.socket());
    bystander = new Bystander(pair, program);
    abuser = pair.realm().issue("host-c").folder();
    Path grant = folder.resolve("c.grant");
    pair.realm()
        .grant(
            GrantOrder.of(
                "host-c", Kinds.SERVICE, pair.realm().servers("host-b"), LabelPattern.ANY),
            grant);
    token = Files.readAllBytes(grant);
    port = Integer.parseInt(pair.route().substring(pair.route().lastIndexOf(':') + 1));
    for (int i = 0; i < 5; i++) {
      bystander.quiet();
    }
  }

  @BeforeEach
  void look() throws Exception {
    going.set(true);
    rounds.set(0);
    quiet = bystander.quiet();
  }

  @AfterEach
  void end() throws Exception {
    going.set(false);
    for (AutoCloseable connection : connections) {
      connection.close();
    }
    for (Thread one : abusers) {
      assertTrue(one.join(Until.PATIENCE), "an abuser goes on");
    }
    connections.clear();
    abusers.clear();
    Until.holds("the abuser's links are gone", () -> metric("farcap_links") == 1);
  }

  @AfterAll
  void stop() {
    program.close();
    pair.close();
    backend.close();
  }

  // ---- the abuser's means ---------------------------------------------------------------------

  private interface Move {
    void play() throws Exception;
  }

  private void abuse(Move move) throws Exception {
    abusers.add(
        Thread.ofVirtual()
            .start(
                () -> {
                  while (going.get()) {
                    try {
                      move.play();
                    } catch (Exception _) {
                      // Once more.
                    }
                    rounds.incrementAndGet();
                  }
                }));
    Until.holds("the abuse begins", () -> rounds.get() > 0);
  }

  private RawLink open() throws Exception {
    return kept(RawLink.open(abuser, port));
  }

  private <T extends AutoCloseable> T kept(T connection) {
    connections.add(connection);
    return connection;
  }

  private Socket tcp() throws IOException {
    return kept(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /// A link with one session, open.
  private RawLink session() throws Exception {
    RawLink link = open();
    present(link);
    link.send(open(1));
    link.flush();
    link.await(Frame.KindCase.OPENED);
    return link;
  }

  private void present(RawLink link) throws IOException {
    link.send(
        Frame.newBuilder()
            .setPresent(Present.newBuilder().setSlot(1).setToken(ByteString.copyFrom(token))));
  }

  private static Frame.Builder open(long id) {
    return Frame.newBuilder()
        .setOpen(
            Open.newBuilder().setSession(id).setService(Kinds.SERVICE).addLabel("app").setSlot(1));
  }

  private static Frame.Builder call(long id, int bytes) {
    return Frame.newBuilder()
        .setCall(
            Call.newBuilder()
                .setCall(id)
                .setSession(1)
                .setMethod("UNARY")
                .addMetadata(ByteString.copyFromUtf8("x-echo"))
                .addMetadata(ByteString.EMPTY)
                .setHalfClose(true)
                .setLength(bytes)
                .setPayload(ByteString.copyFrom(new byte[bytes])));
  }

  private double metric(String name) throws IOException {
    return pair.server().metric(name);
  }

  // ---- strangers ------------------------------------------------------------------------------

  @Test
  void halfOpenConnectionsAreClosed() throws Exception {
    double refused = metric("farcap_medium_handshakes_refused_total");
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      silent.add(tcp());
    }

    bystander.during("1,000 half-open connections", quiet);

    Until.holds("all are closed", () -> silent.stream().allMatch(RawLink::isClosed));
    assertTrue(metric("farcap_medium_handshakes_refused_total") >= refused + 1_000);
  }

  @Test
  void garbageIsCutOff() throws Exception {
    byte[] noise = new byte[16 << 10];
    new Random(1).nextBytes(noise);
    noise[0] = 22; // a TLS handshake record, so far
    abuse(
        () -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(noise);
            Until.holds("it is cut off", () -> RawLink.isClosed(socket));
          }
        });

    bystander.during("garbage", quiet);
  }

  @Test
  void slowHandshakesHoldNobodyUp() throws Exception {
    List<Socket> lorises = new ArrayList<>();
    byte[] record = {22, 3, 1, 2, 0, 1, 0, 1, (byte) 0xFC, 3, 3};
    for (int i = 0; i < 200; i++) {
      Socket loris = tcp();
      loris.getOutputStream().write(record);
      lorises.add(loris);
    }
    abuse(
        () -> {
          for (Socket loris : lorises) {
            loris.getOutputStream().write(0);
          }
          LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        });

    bystander.during("200 slow handshakes", quiet);

    Until.holds("all are closed", () -> lorises.stream().allMatch(RawLink::isClosed));
  }

  // ---- peers that say too much ----------------------------------------------------------------

  @Test
  void idleLinksOfOneHostAreBounded() throws Exception {
    double refused = metric("farcap_link_overloaded_total");
    List<RawLink> idle = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      idle.add(open());
    }

    bystander.during("80 idle links", quiet);

    Until.holds("16 are refused", () -> idle.stream().filter(RawLink::isCutOff).count() >= 16);
    assertTrue(metric("farcap_link_overloaded_total") > refused);
  }

  @Test
  void aGiantFrameIsCutOff() throws Exception {
    double before = metric("farcap_link_malformed_total");
    abuse(
        () -> {
          try (RawLink link = RawLink.open(abuser, port)) {
            link.raw(new byte[] {0x7F, -1, -1, -1});
            Until.holds("it is cut off", link::isCutOff);
          }
        });

    bystander.during("giant frames", quiet);

    assertTrue(metric("farcap_link_malformed_total") >= before);
  }

  @Test
  void aFloodOfPingsHoldsNobodyUp() throws Exception {
    byte[] block = RawLink.block(FLOOD, Frame.newBuilder().setPing(Ping.newBuilder().setNonce(1)));
    RawLink link = open();
    abuse(() -> link.raw(block));

    bystander.during("a flood of Ping", quiet);
  }

  @Test
  void aFloodOfAcksAndCreditsHoldsNobodyUp() throws Exception {
    byte[] acks = RawLink.block(FLOOD, Frame.newBuilder().setAck(Ack.newBuilder()));
    byte[] credits =
        RawLink.block(
            FLOOD, Frame.newBuilder().setCredit(Credit.newBuilder().setSession(1).setBytes(9)));
    RawLink link = session();
    abuse(
        () -> {
          link.raw(acks);
          link.raw(credits);
        });

    bystander.during("a flood of Ack and Credit", quiet);
  }

  @Test
  void aFloodOfSignalsHoldsNobodyUp() throws Exception {
    byte[] block =
        RawLink.block(
            FLOOD, Frame.newBuilder().setSignal(Signal.newBuilder().setSession(1).setCount(7)));
    RawLink link = session();
    abuse(() -> link.raw(block));

    bystander.during("a flood of Signal", quiet);
  }

  @Test
  void aFloodOfSessionsIsRefusedAtTheBound() throws Exception {
    double refused = metric("farcap_link_overloaded_total");
    RawLink link = open();
    present(link);
    AtomicLong id = new AtomicLong(-1);
    abuse(
        () -> {
          for (int i = 0; i < 100; i++) {
            link.send(open(id.addAndGet(2)));
          }
          link.flush();
        });

    Until.holds("some are refused", () -> metric("farcap_link_overloaded_total") > refused);
    bystander.during("a flood of sessions", quiet);
  }

  @Test
  void aFloodOfSessionsWithoutGrantIsRefused() throws Exception {
    RawLink link = open();
    AtomicLong id = new AtomicLong(-1);
    abuse(
        () -> {
          for (int i = 0; i < 100; i++) {
            Frame.Builder open = open(id.addAndGet(2));
            open.getOpenBuilder().setSlot(0);
            link.send(open);
          }
          link.flush();
        });

    bystander.during("a flood of sessions without grant", quiet);
  }

  @Test
  void aFloodOfObjectsIsRefused() throws Exception {
    RawLink link = open();
    AtomicLong id = new AtomicLong(-1);
    byte[] object = new byte[80];
    java.util.Arrays.fill(object, 64, 80, (byte) 65);
    abuse(
        () -> {
          for (int i = 0; i < 100; i++) {
            Frame.Builder open = open(id.addAndGet(2));
            open.getOpenBuilder().setSlot(0).setObject(ByteString.copyFrom(object));
            link.send(open);
          }
          link.flush();
        });

    bystander.during("a flood of objects", quiet);
  }

  @Test
  void openingAndClosingHoldsNobodyUp() throws Exception {
    RawLink link = open();
    present(link);
    AtomicLong id = new AtomicLong(-1);
    abuse(
        () -> {
          for (int i = 0; i < 100; i++) {
            long session = id.addAndGet(2);
            link.send(open(session));
            link.send(Frame.newBuilder().setClose(Close.newBuilder().setSession(session)));
          }
          link.flush();
        });

    bystander.during("sessions opened and closed", quiet);
  }

  @Test
  void aFloodOfUpgradesHoldsNobodyUp() throws Exception {
    RawLink link = session();
    abuse(
        () -> {
          for (int i = 0; i < 100; i++) {
            link.send(Frame.newBuilder().setUpgrade(Upgrade.newBuilder().setSession(1).setSlot(1)));
          }
          link.flush();
        });

    bystander.during("a flood of Upgrade", quiet);
  }

  @Test
  void rapidCancelsHoldNobodyUp() throws Exception {
    RawLink link = session();
    AtomicLong id = new AtomicLong(-1);
    abuse(
        () -> {
          for (int i = 0; i < 100; i++) {
            long call = id.addAndGet(2);
            link.send(call(call, 10));
            link.send(Frame.newBuilder().setCancel(Cancel.newBuilder().setCall(call)));
          }
          link.flush();
        });

    bystander.during("rapid cancels", quiet);
  }

  @Test
  void aPeerThatNeverReadsHoldsItsQuotaOnly() throws Exception {
    RawLink link = session();
    link.turnDeaf();
    for (int i = 0; i < 400; i++) {
      link.send(call(1 + 2 * i, 16_000));
    }
    link.flush();

    bystander.during("a peer that never reads", quiet);
  }
}

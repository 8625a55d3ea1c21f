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
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
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
  private static final int IDS_AT_ONCE = 100;

  private final Abuser abuser = new Abuser();
  @AutoClose private Stage stage;
  private Bystander bystander;
  private Path credentials;
  private byte[] token;
  private int port;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    // Links of an abuser that is gone are not to count against the next one.
    stage = Stage.set(folder, pair -> pair.withTimes("{resumeWindow: 1s}", "300s"));
    bystander = new Bystander(stage);
    LabRealm realm = stage.pair().realm();
    credentials = realm.issue("host-c").folder();
    Path grant = folder.resolve("c.grant");
    realm.grant(
        GrantOrder.of("host-c", Kinds.SERVICE, realm.servers("host-b"), LabelPattern.ANY), grant);
    token = Files.readAllBytes(grant);
    String route = stage.pair().route();
    port = Integer.parseInt(route.substring(route.lastIndexOf(':') + 1));
  }

  @BeforeEach
  void look() throws Exception {
    bystander.look();
  }

  @AfterEach
  void end() throws Exception {
    abuser.stop();
    Until.holds("the abuser's links are gone", () -> metric("farcap_links") == 1);
  }

  // ---- the abuser's means ---------------------------------------------------------------------

  private RawLink open() throws Exception {
    return abuser.kept(RawLink.open(credentials, port));
  }

  private Socket tcp() throws IOException {
    return abuser.kept(new Socket(InetAddress.getLoopbackAddress(), port));
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

  /// Sends what belongs to one id of this side's, which are odd, then to the next: a hundred at a
  /// time, for ever.
  private void flood(RawLink link, LongFunction<List<Frame.Builder>> framesOf) throws Exception {
    AtomicLong id = new AtomicLong(-1);
    abuser.repeat(
        () -> {
          for (int i = 0; i < IDS_AT_ONCE; i++) {
            for (Frame.Builder frame : framesOf.apply(id.addAndGet(2))) {
              link.send(frame);
            }
          }
          link.flush();
        });
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
    return stage.pair().server().metric(name);
  }

  // ---- strangers ------------------------------------------------------------------------------

  @Test
  void halfOpenConnectionsAreClosed() throws Exception {
    double refused = metric("farcap_medium_handshakes_refused_total");
    List<Socket> silent = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      silent.add(tcp());
    }

    bystander.during("1,000 half-open connections");

    Until.holds("all are closed", () -> silent.stream().allMatch(RawLink::isClosed));
    assertTrue(metric("farcap_medium_handshakes_refused_total") >= refused + 1_000);
  }

  @Test
  void garbageIsCutOff() throws Exception {
    byte[] noise = new byte[16 << 10];
    new Random(1).nextBytes(noise);
    noise[0] = 22; // a TLS handshake record, so far
    abuser.repeat(
        () -> {
          try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write(noise);
            Until.holds("it is cut off", () -> RawLink.isClosed(socket));
          }
        });

    bystander.during("garbage");
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
    abuser.repeat(
        () -> {
          for (Socket loris : lorises) {
            loris.getOutputStream().write(0);
          }
          LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        });

    bystander.during("200 slow handshakes");

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

    bystander.during("80 idle links");

    Until.holds("16 are refused", () -> idle.stream().filter(RawLink::isCutOff).count() >= 16);
    assertTrue(metric("farcap_link_overloaded_total") > refused);
  }

  @Test
  void aGiantFrameIsCutOff() throws Exception {
    double before = metric("farcap_link_malformed_total");
    abuser.repeat(
        () -> {
          try (RawLink link = RawLink.open(credentials, port)) {
            link.raw(new byte[] {0x7F, -1, -1, -1});
            Until.holds("it is cut off", link::isCutOff);
          }
          // The frame is the abuse, not the handshake.
          LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
        });

    bystander.during("giant frames");

    assertTrue(metric("farcap_link_malformed_total") >= before);
  }

  @Test
  void aFloodOfPingsHoldsNobodyUp() throws Exception {
    byte[] block = RawLink.block(FLOOD, Frame.newBuilder().setPing(Ping.newBuilder().setNonce(1)));
    RawLink link = open();
    abuser.repeat(() -> link.raw(block));

    bystander.during("a flood of Ping");
  }

  @Test
  void aFloodOfAcksAndCreditsHoldsNobodyUp() throws Exception {
    byte[] acks = RawLink.block(FLOOD, Frame.newBuilder().setAck(Ack.newBuilder()));
    byte[] credits =
        RawLink.block(
            FLOOD, Frame.newBuilder().setCredit(Credit.newBuilder().setSession(1).setBytes(9)));
    RawLink link = session();
    abuser.repeat(
        () -> {
          link.raw(acks);
          link.raw(credits);
        });

    bystander.during("a flood of Ack and Credit");
  }

  @Test
  void aFloodOfSignalsHoldsNobodyUp() throws Exception {
    byte[] block =
        RawLink.block(
            FLOOD, Frame.newBuilder().setSignal(Signal.newBuilder().setSession(1).setCount(7)));
    RawLink link = session();
    abuser.repeat(() -> link.raw(block));

    bystander.during("a flood of Signal");
  }

  @Test
  void aFloodOfSessionsIsRefusedAtTheBound() throws Exception {
    double refused = metric("farcap_link_overloaded_total");
    RawLink link = open();
    present(link);
    flood(link, id -> List.of(open(id)));

    Until.holds("some are refused", () -> metric("farcap_link_overloaded_total") > refused);
    bystander.during("a flood of sessions");
  }

  @Test
  void aFloodOfSessionsWithoutGrantIsRefused() throws Exception {
    RawLink link = open();
    flood(
        link,
        id -> {
          Frame.Builder open = open(id);
          open.getOpenBuilder().setSlot(0);
          return List.of(open);
        });

    bystander.during("a flood of sessions without grant");
  }

  @Test
  void aFloodOfObjectsIsRefused() throws Exception {
    RawLink link = open();
    byte[] object = new byte[80];
    Arrays.fill(object, 64, 80, (byte) 65);
    flood(
        link,
        id -> {
          Frame.Builder open = open(id);
          open.getOpenBuilder().setSlot(0).setObject(ByteString.copyFrom(object));
          return List.of(open);
        });

    bystander.during("a flood of objects");
  }

  @Test
  void openingAndClosingHoldsNobodyUp() throws Exception {
    RawLink link = open();
    present(link);
    flood(
        link,
        id -> List.of(open(id), Frame.newBuilder().setClose(Close.newBuilder().setSession(id))));

    bystander.during("sessions opened and closed");
  }

  @Test
  void aFloodOfUpgradesHoldsNobodyUp() throws Exception {
    RawLink link = session();
    flood(
        link,
        _ -> List.of(Frame.newBuilder().setUpgrade(Upgrade.newBuilder().setSession(1).setSlot(1))));

    bystander.during("a flood of Upgrade");
  }

  @Test
  void rapidCancelsHoldNobodyUp() throws Exception {
    RawLink link = session();
    flood(
        link,
        id -> List.of(call(id, 10), Frame.newBuilder().setCancel(Cancel.newBuilder().setCall(id))));

    bystander.during("rapid cancels");
  }

  @Test
  void aPeerThatNeverReadsHoldsItsQuotaOnly() throws Exception {
    RawLink link = session();
    link.turnDeaf();
    for (int i = 0; i < 400; i++) {
      link.send(call(1 + 2 * i, 16_000));
    }
    link.flush();

    bystander.during("a peer that never reads");
  }
}

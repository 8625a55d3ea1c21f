package dev.farcap.proof;

import static dev.farcap.proof.RawHttp2.frame;
import static dev.farcap.proof.RawHttp2.join;
import static dev.farcap.proof.RawHttp2.number;
import static dev.farcap.proof.RawHttp2.times;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A program that abuses a front door harms itself: the calls of another program at the same door
/// take about as long as before, the proxies hold no more than their bounds, and the abuse is
/// counted.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@Timeout(120)
class DoorAbuseTest {
  private static final String PATH = "/" + Kinds.SERVICE + "/UNARY";

  /// Beyond the ten seconds that a door waits for HTTP/2's preface.
  private static final Duration HANDSHAKE = Duration.ofSeconds(30);

  /// What a connection that reads nothing may make the client-proxy hold: the room of its session
  /// for long messages, twice in buffers that are not full, and what is on its way.
  private static final long HOARD_BYTES_MAX = 32 << 20;

  /// Of one session's answers, so many bytes have room at a time; the others wait in their server.
  private static final long WAITING_BYTES = 6 << 20;

  /// What may have begun and not come to its end, in buffers that are half full, and then some.
  private static final long BEGUN_BYTES_MAX = 96 << 20;

  private final Abuser abuser = new Abuser();
  @AutoClose private Stage stage;
  private ProcessPair pair;
  private Bystander bystander;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    stage = Stage.set(folder);
    pair = stage.pair();
    bystander = new Bystander(stage);
  }

  @BeforeEach
  void look() throws Exception {
    bystander.look();
  }

  @AfterEach
  void end() throws Exception {
    abuser.stop();
    // Only the bystander is left.
    Until.holds("abusers are gone", () -> pair.client().metric("farcap_door_connections") == 1);
  }

  // ---- the abuser's means ---------------------------------------------------------------------

  private RawHttp2 connect() throws IOException {
    return abuser.kept(RawHttp2.connect(pair.socket()));
  }

  private RawHttp2 open() throws IOException {
    return abuser.kept(RawHttp2.open(pair.socket()));
  }

  /// Sends the same on one connection for ever.
  private void flood(byte[] block) throws Exception {
    RawHttp2 connection = open();
    abuser.repeat(() -> connection.send(block));
  }

  private double refused(String what) throws IOException {
    return pair.client().metric(what);
  }

  // ---- connections that do nothing, or not much -----------------------------------------------

  @Test
  void halfOpenConnectionsAreClosed() throws Exception {
    List<RawHttp2> silent = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      RawHttp2 connection = connect();
      connection.send(new byte[0]);
      silent.add(connection);
      if (i % 2 == 0) {
        connection.send("PRI * HTTP".getBytes(StandardCharsets.US_ASCII));
      }
    }

    bystander.during("200 half-open connections");

    for (RawHttp2 connection : silent) {
      connection.awaitCutOff(HANDSHAKE);
    }
  }

  @Test
  void aThousandIdleConnectionsCostLittle() throws Exception {
    for (int i = 0; i < 999; i++) {
      open();
    }
    Until.holds("all are taken", () -> pair.client().metric("farcap_door_connections") == 1_000);
    RawHttp2 beyond = connect();

    bystander.during("1,000 connections");

    beyond.awaitCutOff(Until.PATIENCE);
    assertTrue(refused("farcap_door_refused_total") > 0);
  }

  @Test
  void slowLorisHoldsNobodyUp() throws Exception {
    byte[] slow = join(frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, RawHttp2.call(PATH, 200)));
    List<RawHttp2> lorises = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      lorises.add(open());
    }
    AtomicLong at = new AtomicLong();
    abuser.repeat(
        () -> {
          byte[] next = {slow[(int) Math.min(slow.length - 2, at.getAndIncrement())]};
          for (RawHttp2 loris : lorises) {
            loris.send(next);
          }
          LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
        });

    bystander.during("100 slow requests");
  }

  @Test
  void aPrefaceMayComeByteByByte() throws Exception {
    RawHttp2 connection = connect();
    byte[] hello =
        join(
            RawHttp2.PREFACE,
            frame(RawHttp2.SETTINGS, 0, 0),
            frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, RawHttp2.call(PATH, 0)),
            RawHttp2.message(1, (byte) 1));
    double before = pair.client().metric("farcap_calls_total");

    for (byte one : hello) {
      connection.send(new byte[] {one});
    }

    Until.holds("the call is relayed", () -> pair.client().metric("farcap_calls_total") > before);
  }

  // ---- what is no HTTP/2 ----------------------------------------------------------------------

  @Test
  void garbageIsCutOff() throws Exception {
    Random random = new Random(1);
    byte[] noise = new byte[64 << 10];
    random.nextBytes(noise);
    abuser.repeat(
        () -> {
          try (RawHttp2 connection = RawHttp2.connect(pair.socket())) {
            connection.send(noise);
            connection.awaitCutOff(Until.PATIENCE);
          }
        });

    bystander.during("garbage");
  }

  @Test
  void garbageBehindThePrefaceIsCutOff() throws Exception {
    Random random = new Random(2);
    byte[] noise = new byte[1 << 10];
    abuser.repeat(
        () -> {
          random.nextBytes(noise);
          try (RawHttp2 connection = RawHttp2.open(pair.socket())) {
            connection.send(join(frame(RawHttp2.HEADERS, 0xFF, 1, noise)));
            connection.send(noise);
            connection.awaitCutOff(Until.PATIENCE);
          }
        });

    bystander.during("garbage frames");
  }

  // ---- floods ---------------------------------------------------------------------------------

  @Test
  void giantHeadersAreRefused() throws Exception {
    byte[] block = RawHttp2.call(PATH, 15_000);
    AtomicLong stream = new AtomicLong(-1);
    RawHttp2 connection = open();
    abuser.repeat(
        () -> {
          int id = (int) stream.addAndGet(2);
          connection.send(frame(RawHttp2.HEADERS, 0, id, block));
          connection.send(frame(RawHttp2.CONTINUATION, 0, id, block));
          connection.send(frame(RawHttp2.CONTINUATION, RawHttp2.END_HEADERS, id, block));
        });

    bystander.during("giant headers");
  }

  @Test
  void rapidResetsSlowTheirSender() throws Exception {
    double slowed = refused("farcap_door_slowed_total");
    RawHttp2 connection = open();
    AtomicLong stream = new AtomicLong(-1);
    abuser.repeat(
        () -> {
          ByteArrayOutputStream block = new ByteArrayOutputStream();
          for (int i = 0; i < 100; i++) {
            int id = (int) stream.addAndGet(2);
            block.writeBytes(
                frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, id, RawHttp2.call(PATH, 0)));
            block.writeBytes(frame(RawHttp2.RST_STREAM, 0, id, number(8)));
          }
          connection.send(block.toByteArray());
        });
    Until.holds("it is slowed", () -> refused("farcap_door_slowed_total") > slowed);

    bystander.during("rapid resets");
  }

  @Test
  void aSettingsFloodSlowsItsSender() throws Exception {
    double slowed = refused("farcap_door_slowed_total");
    flood(times(1_000, frame(RawHttp2.SETTINGS, 0, 0)));

    bystander.during("a flood of SETTINGS");

    assertTrue(refused("farcap_door_slowed_total") > slowed);
  }

  @Test
  void aPingFloodIsCutOff() throws Exception {
    RawHttp2 connection = open();
    abuser.repeat(() -> connection.send(times(1_000, frame(RawHttp2.PING, 0, 0, new byte[8]))));

    bystander.during("a flood of PING");

    connection.awaitCutOff(Until.PATIENCE);
  }

  @Test
  void aContinuationFloodIsCutOff() throws Exception {
    RawHttp2 connection = open();
    connection.send(frame(RawHttp2.HEADERS, 0, 1, RawHttp2.call(PATH, 0)));
    abuser.repeat(() -> connection.send(times(1_000, frame(RawHttp2.CONTINUATION, 0, 1))));

    bystander.during("a flood of CONTINUATION");

    connection.awaitCutOff(Until.PATIENCE);
  }

  @Test
  void aFloodOfEmptyDataIsCutOff() throws Exception {
    RawHttp2 connection = open();
    connection.send(frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, 1, RawHttp2.call(PATH, 0)));
    abuser.repeat(() -> connection.send(times(1_000, frame(RawHttp2.DATA, 0, 1))));

    bystander.during("a flood of empty DATA");

    connection.awaitCutOff(Until.PATIENCE);
  }

  @Test
  void aFloodOfPrioritiesSlowsItsSender() throws Exception {
    flood(times(1_000, frame(RawHttp2.PRIORITY, 0, 1, new byte[5])));

    bystander.during("a flood of PRIORITY");
  }

  @Test
  void aFloodOfSessionsIsRefusedAtTheBound() throws Exception {
    double refused = refused("farcap_door_refused_total");
    RawHttp2 connection = open();
    AtomicLong count = new AtomicLong();
    abuser.repeat(
        () -> {
          int id = (int) (2 * count.get() + 1);
          byte[] block = RawHttp2.labelled(PATH, "app" + count.getAndIncrement());
          connection.send(frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, id, block));
          connection.send(RawHttp2.message(id, (byte) 1));
          if (count.get() > 2_000) {
            LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
          }
        });
    Until.holds("some are refused", () -> refused("farcap_door_refused_total") > refused);

    bystander.during("a flood of sessions");

    assertTrue(pair.client().metric("farcap_door_sessions") <= 256 + 10);
  }

  @Test
  void zeroWindowsHoldAnswersWithinTheQuota() throws Exception {
    RawHttp2 connection = open();
    connection.send(
        frame(RawHttp2.SETTINGS, 0, 0, RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, 0)));
    byte[] large = new byte[16_000];
    for (int i = 0; i < 900; i++) {
      int id = 1 + 2 * i;
      connection.send(frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, id, RawHttp2.call(PATH, 0)));
      connection.send(RawHttp2.message(id, large));
    }
    Until.holds("answers wait", () -> pair.client().metric("farcap_door_calls") >= 100);

    bystander.during("900 calls without window");
  }

  @Test
  void zeroWindowsDoNotHoardLargeAnswers() throws Exception {
    byte[] answer = new byte[1 << 20];
    stage
        .backend()
        .serve(
            (call, _) -> {
              call.sendHeaders(new Metadata());
              call.sendMessage(answer);
              call.close(Status.OK, new Metadata());
              return new ServerCall.Listener<>() {};
            });
    double before = pair.client().metric("farcap_direct_bytes");
    RawHttp2 connection = open();
    connection.send(
        frame(RawHttp2.SETTINGS, 0, 0, RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, 0)));
    for (int i = 0; i < 60; i++) {
      int id = 1 + 2 * i;
      connection.send(frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, id, RawHttp2.call(PATH)));
      connection.send(RawHttp2.message(id, (byte) 1));
    }
    Until.holds(
        "answers wait at their sender",
        () -> pair.server().metric("farcap_buffered_bytes") > WAITING_BYTES);

    assertTrue(stage.program().echo(new byte[1]).status().isOk());
    double more = pair.client().metric("farcap_direct_bytes") - before;
    assertTrue(more <= HOARD_BYTES_MAX, () -> more + " bytes more than before");
  }

  /// Requests of which the end never comes.
  @Test
  void manyLargeRequestsThatStopAreRefused() throws Exception {
    double refused = refused("farcap_door_refused_total");
    double before = pair.client().metric("farcap_direct_bytes");
    int logged = pair.client().log().length();
    byte[] head = new byte[15 << 10];
    for (int program = 0; program < 4; program++) {
      RawHttp2 connection = open();
      for (int i = 0; i < 500; i++) {
        int id = 1 + 2 * i;
        connection.send(frame(RawHttp2.HEADERS, RawHttp2.END_HEADERS, id, RawHttp2.call(PATH)));
        connection.send(RawHttp2.prefix(id, 1 << 20));
        for (int sent = 0; sent < 120 << 10; sent += head.length) {
          connection.send(frame(RawHttp2.DATA, 0, id, head));
        }
      }
    }
    Until.holds("some are refused", () -> refused("farcap_door_refused_total") > refused + 100);

    bystander.during("2,000 large requests that stop");
    double held = pair.client().metric("farcap_direct_bytes") - before;
    assertTrue(held <= BEGUN_BYTES_MAX, () -> held + " bytes more than before");
    int more = pair.client().log().length() - logged;
    assertTrue(more < 64 << 10, () -> more + " bytes more in the log");
  }
}

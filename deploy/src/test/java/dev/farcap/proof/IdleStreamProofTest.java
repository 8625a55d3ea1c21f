package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.CallOptions;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor.MethodType;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A stream on which nobody says anything lives for as long as both ends want it to.
@Timeout(180)
class IdleStreamProofTest {
  private static final byte[] HELLO = {1, 2};
  private static final int IDLE_TIMES = 4;

  @TempDir private Path folder;
  private final BlockingQueue<Served> served = new LinkedBlockingQueue<>();

  private Stage start(String link, String idle) throws Exception {
    Stage stage = Stage.set(folder, pair -> pair.withTimes(link, idle));
    stage.backend().keep(served, 10);
    return stage;
  }

  /// Times far shorter than the stream lives: other sessions show that they are in force, by being
  /// closed for idleness one after the other while the stream is silent.
  @Test
  void aSilentStreamOutlivesEveryTimeOfThePair() throws Exception {
    try (Stage stage =
        start(
            "{pingInterval: 500ms, openTimeout: 3s, resumeWindow: 20s, drainTimeout: 1s}", "1s")) {
      Exchange exchange = open(stage);
      Served stream = Served.await(served);

      for (int i = 1; i <= IDLE_TIMES; i++) {
        String label = "idle-" + i;
        // On a busy machine a session may not open within so short a time: another does.
        Until.holds(label + " is answered", () -> echo(stage, label).status().isOk());
        stage.pair().client().awaitLine("decision=closed", "label=\"app -> " + label, "UNUSED");
      }

      assertSpeaks(stage, exchange, stream);
    }
  }

  @Test
  @Tag("slow")
  @Timeout(400)
  void aSilentStreamLivesForFiveMinutes() throws Exception {
    try (Stage stage = start("{}", "5m")) {
      Exchange exchange = open(stage);
      Served stream = Served.await(served);

      long end = System.nanoTime() + Duration.ofMinutes(5).plusSeconds(10).toNanos();
      Until.holds(
          () -> "five minutes are over",
          Duration.ofMinutes(6),
          () -> {
            assertFalse(exchange.isOver(), "the stream has ended");
            return System.nanoTime() - end > 0;
          });

      assertSpeaks(stage, exchange, stream);
    }
  }

  private Exchange open(Stage stage) throws Exception {
    Exchange exchange =
        Exchange.start(
            stage
                .program()
                .channel("kept")
                .newCall(Kinds.method(MethodType.BIDI_STREAMING), CallOptions.DEFAULT),
            new Metadata());
    exchange.send(HELLO, 1);
    return exchange;
  }

  private Exchange echo(Stage stage, String label) {
    Metadata headers = new Metadata();
    headers.put(Backend.ECHO, "");
    return Exchange.start(
            stage
                .program()
                .channel(label)
                .newCall(Kinds.method(MethodType.UNARY), CallOptions.DEFAULT),
            headers)
        .send(HELLO, 1)
        .halfClose();
  }

  /// Both ways, on the same call, in the one session it began in.
  private void assertSpeaks(Stage stage, Exchange exchange, Served stream) throws Exception {
    assertFalse(exchange.isOver(), "the stream has ended");
    exchange.send(HELLO, 1);
    Until.holds("the server hears", () -> stream.requests.size() == 2);
    stream.call.sendHeaders(new Metadata());
    stream.call.sendMessage(HELLO);
    Until.holds("the program hears", () -> exchange.replies.size() == 1);
    assertArrayEquals(HELLO, exchange.replies.getFirst());
    assertTrue(served.isEmpty());
    long sessions =
        stage
            .pair()
            .server()
            .log()
            .lines()
            .filter(line -> line.contains("decision=accepted"))
            .filter(line -> line.contains("label=\"app -> kept\""))
            .count();
    assertEquals(1, sessions, stage.pair().server()::log);
  }
}

package dev.farcap.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.log.v1.Level;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.TailReply;
import dev.farcap.log.v1.TailRequest;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.services.SessionLabel;
import dev.farcap.session.Label;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sink and stand-in over gRPC. The "link" is an in-process channel whose server comes and goes.
@Timeout(60)
class LogServerTest {
  private static final InstantSource NOON =
      InstantSource.fixed(Instant.parse("2026-11-20T12:00:00Z"));

  @TempDir Path folder;
  private final String name = UUID.randomUUID().toString();
  private final ManagedChannel link = InProcessChannelBuilder.forName(name).build();
  private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
  private final List<Runnable> closing = new ArrayList<>();
  private @Nullable LogServer log;
  private @Nullable Server server;

  @BeforeEach
  void openSink() throws IOException {
    log = LogServer.toFile(folder.resolve("app.log"), false, NOON);
    server = InProcessServerBuilder.forName(name).addService(log.service()).build().start();
  }

  void closeSink() {
    if (server != null && log != null) {
      server.shutdownNow();
      log.close();
    }
  }

  @AfterEach
  void close() {
    closing.reversed().forEach(Runnable::run);
    link.shutdownNow();
    closeSink();
    timer.shutdownNow();
  }

  @Test
  void lineIsWrittenWithTimeLabelAndLevel() throws IOException {
    write(session("host-a", "app"), "hello");

    assertEquals(List.of("2026-11-20T12:00:00.000000Z [host-a -> app] INFO hello"), written());
  }

  @Test
  void originAndLevelOfTheWriterStay() throws IOException {
    var _ =
        LogGrpc.newBlockingStub(session("a"))
            .write(
                WriteRequest.newBuilder()
                    .addLines(
                        Line.newBuilder()
                            .setText("bad")
                            .setLevel(Level.ERROR)
                            .setOriginUnixNanos(1_000))
                    .build());

    assertEquals(List.of("1970-01-01T00:00:00.000001Z [a] ERROR bad"), written());
  }

  @Test
  void standInAnswersWhileTheSinkIsAwayAndDeliversWhenItIsBack() throws Exception {
    Channel program = standIn(LogStandIn.Config.DEFAULT, "host-a", "app");
    closeSink();

    for (int i = 0; i < 100; i++) {
      write(program, "line " + i);
    }
    openSink();

    await(() -> texts().size() == 100);
    assertEquals(IntStream.range(0, 100).mapToObj(i -> "line " + i).toList(), texts());
  }

  @Test
  void fullSpoolDropsTheOldestAndTheLossIsLoggedInTheirPlace() throws Exception {
    Channel program =
        standIn(new LogStandIn.Config(10_000, Duration.ofMinutes(1)), "host-a", "app");
    write(program, "before");
    await(() -> texts().size() == 1);
    closeSink();

    for (int i = 0; i < 1_000; i++) {
      write(program, "line " + i);
    }
    openSink();

    await(() -> texts().contains("line 999"));
    List<String> texts = texts();
    assertEquals("before", texts.getFirst());
    int kept = texts.size() - 2;
    assertEquals(1_000 - kept + " lines lost", texts.get(1));
    assertEquals(
        IntStream.range(1_000 - kept, 1_000).mapToObj(i -> "line " + i).toList(),
        texts.subList(2, texts.size()));
    assertTrue(kept > 10, kept + " kept");
  }

  @Test
  void everyLineOfManyWritersArrivesOnceInOrderAcrossRestartsOfTheSink() throws Exception {
    int writers = 4;
    int lines = 5_000;
    LogStandIn.Config config = new LogStandIn.Config(64 << 20, Duration.ofMinutes(1));
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> done = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        String writer = "app" + w;
        Channel program = standIn(config, "host-a", writer);
        done.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < lines; i += 10) {
                    int from = i;
                    write(
                        program,
                        IntStream.range(from, from + 10)
                            .mapToObj(n -> writer + " " + n)
                            .toArray(String[]::new));
                  }
                }));
      }
      for (int restart = 0; restart < 10; restart++) {
        int seen = texts().size();
        await(() -> texts().size() > seen || texts().size() == writers * lines);
        closeSink();
        openSink();
      }
      for (Future<?> each : done) {
        each.get();
      }
    }

    await(() -> texts().size() >= writers * lines);
    List<String> texts = texts();
    for (int w = 0; w < writers; w++) {
      String writer = "app" + w + " ";
      assertEquals(
          IntStream.range(0, lines).mapToObj(n -> writer + n).toList(),
          texts.stream().filter(text -> text.startsWith(writer)).toList());
    }
    assertEquals(writers * lines, texts.size());
  }

  @Test
  void tailShowsTheLastLinesAndThenTheNew() {
    Channel session = session("host-a", "app");
    write(session, "one", "two", "three");

    Iterator<TailReply> tail =
        LogGrpc.newBlockingStub(session("host-b", "operator"))
            .tail(TailRequest.newBuilder().setLines(2).build());

    assertEquals("two", tail.next().getLine().getText());
    assertEquals("three", tail.next().getLine().getText());
    write(session, "four");
    TailReply fourth = tail.next();
    assertEquals("four", fourth.getLine().getText());
    assertEquals("host-a -> app", fourth.getLabel());
  }

  @Test
  void tailPassesThroughTheStandInAndSurvivesARestartOfTheSink() throws Exception {
    write(session("a"), "before");
    closeSink();
    openSink();
    Channel program = standIn(LogStandIn.Config.DEFAULT, "host-a", "app");

    Iterator<TailReply> tail =
        LogGrpc.newBlockingStub(program).tail(TailRequest.newBuilder().setLines(10).build());

    assertEquals("before", tail.next().getLine().getText());
    write(program, "after");
    assertEquals("after", tail.next().getLine().getText());
  }

  @Test
  void slowFollowerLosesTheOldestAndIsToldHowMany() {
    Channel session = session("a");
    Iterator<TailReply> tail =
        LogGrpc.newBlockingStub(session("b")).tail(TailRequest.newBuilder().setLines(1).build());
    write(session, "first");
    assertEquals("first", tail.next().getLine().getText());
    int lines = 4 * LogFollowers.QUEUE_MAX;

    write(session, IntStream.range(0, lines).mapToObj(i -> "line " + i).toArray(String[]::new));

    long got = 0;
    long lost = 0;
    for (String text = ""; !text.equals("line " + (lines - 1)); got++) {
      TailReply reply = tail.next();
      lost += reply.getLost();
      text = reply.getLine().getText();
    }
    assertEquals(lines, got + lost);
    assertTrue(lost > 0);
  }

  @Test
  void consumerGetsLinesInOrder() throws Exception {
    BlockingQueue<LogLine> lines = new LinkedBlockingQueue<>();
    try (LogServer consumed = LogServer.toConsumer(lines::add, NOON)) {
      Server in = InProcessServerBuilder.forName("consumer").addService(consumed.service()).build();
      in.start();
      ManagedChannel to = InProcessChannelBuilder.forName("consumer").build();
      closing.add(to::shutdownNow);
      closing.add(in::shutdownNow);

      write(to, "one", "two");
    }

    assertEquals(List.of("one", "two"), lines.stream().map(LogLine::text).toList());
  }

  @Test
  void writeOverTheBoundIsRefusedAtBothSides() {
    for (Channel each : List.of(session("a"), standIn(LogStandIn.Config.DEFAULT, "a"))) {
      StatusRuntimeException e =
          assertThrows(
              StatusRuntimeException.class,
              () -> write(each, "x".repeat(LogServer.WRITE_BYTES_MAX)));

      assertEquals(Status.Code.INVALID_ARGUMENT, e.getStatus().getCode());
      assertTrue(e.toString().contains("limit 1048576"), e.toString());
    }
  }

  /// The link's channel for a session of this label.
  private Channel session(String... label) {
    return ClientInterceptors.intercept(link, SessionLabel.asking(Label.of(label)));
  }

  /// What a program sees that talks to a stand-in of its session.
  private Channel standIn(LogStandIn.Config config, String... label) {
    LogStandIn standIn = new LogStandIn(config, timer, NOON, new SecureRandom());
    String door = UUID.randomUUID().toString();
    try {
      Server front =
          InProcessServerBuilder.forName(door)
              .addService(standIn.apply(session(label)))
              .build()
              .start();
      ManagedChannel program = InProcessChannelBuilder.forName(door).build();
      closing.add(front::shutdownNow);
      closing.add(program::shutdownNow);
      return program;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void write(Channel channel, String... texts) {
    WriteRequest.Builder request = WriteRequest.newBuilder();
    for (String text : texts) {
      request.addLines(Line.newBuilder().setText(text));
    }
    var _ = LogGrpc.newBlockingStub(channel).write(request.build());
  }

  private List<String> written() throws IOException {
    return Files.readAllLines(folder.resolve("app.log"));
  }

  private List<String> texts() {
    try {
      return written().stream()
          .map(line -> LogLine.parse(line).map(LogLine::text).orElse("torn: " + line))
          .toList();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "not within 20 s");
      LockSupport.parkNanos(1_000_000);
    }
  }
}

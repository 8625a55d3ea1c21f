package dev.farcap.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Line;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/// Exactly once on a real file, with the sink killed at every step of every write.
class LogFileTest {
  private static final Label WRITER = Label.of("host-a", "app");
  private static final int BATCHES = 4;
  private static final int LINES_EACH = 3;

  @TempDir Path folder;

  /// Where the process dies while it writes a batch.
  enum Step {
    BEFORE,
    FIRST_BYTE_APPENDED,
    HALF_APPENDED,
    ALL_BUT_ONE_BYTE_APPENDED,
    APPENDED,
    NEW_RECORD_HALF_WRITTEN,
    RECORDED_NOT_ACKNOWLEDGED
  }

  static Stream<Arguments> deaths() {
    return IntStream.range(0, BATCHES)
        .boxed()
        .flatMap(batch -> Arrays.stream(Step.values()).map(step -> Arguments.of(batch, step)));
  }

  @ParameterizedTest
  @MethodSource("deaths")
  void everyLineIsInTheFileOnceWheneverTheSinkIsKilled(int killedAt, Step step) throws IOException {
    Path path = folder.resolve("app.log");
    LogSpool spool = new LogSpool(Id128.of(new byte[16]), 1 << 20, new SpoolCounters());
    List<String> expected = new ArrayList<>();
    Sink sink = new Sink(path);
    for (int batch = 0; batch < BATCHES; batch++) {
      for (int i = 0; i < LINES_EACH; i++) {
        expected.add("line " + (batch * LINES_EACH + i));
        spool.accept(Line.newBuilder().setText(expected.getLast()).build());
      }
      if (batch == killedAt) {
        sink = killedWhileWriting(sink, path, spool.next(), step);
        spool.broken();
      }
      Batch sent = spool.next();
      sink.write(sent);
      spool.acknowledged(sent.getEntries(sent.getEntriesCount() - 1).getSequence());
    }
    sink.close();

    assertEquals(expected, texts(path));
    assertTrue(spool.isEmpty());
  }

  private static Sink killedWhileWriting(Sink sink, Path path, Batch batch, Step step)
      throws IOException {
    Path record = path.resolveSibling("app.log.spools");
    byte[] before = Files.readAllBytes(path);
    byte[] recordBefore = Files.exists(record) ? Files.readAllBytes(record) : null;
    sink.write(batch);
    sink.close();
    byte[] after = Files.readAllBytes(path);
    byte[] recordAfter = Files.readAllBytes(record);
    int length =
        switch (step) {
          case BEFORE -> before.length;
          case FIRST_BYTE_APPENDED -> before.length + 1;
          case HALF_APPENDED -> (before.length + after.length) / 2;
          case ALL_BUT_ONE_BYTE_APPENDED -> after.length - 1;
          case APPENDED, NEW_RECORD_HALF_WRITTEN, RECORDED_NOT_ACKNOWLEDGED -> after.length;
        };
    Files.write(path, Arrays.copyOf(after, length));
    if (step == Step.NEW_RECORD_HALF_WRITTEN) {
      Files.write(
          path.resolveSibling("app.log.spools.new"),
          Arrays.copyOf(recordAfter, recordAfter.length / 2));
    }
    if (step != Step.RECORDED_NOT_ACKNOWLEDGED && recordBefore != null) {
      Files.write(record, recordBefore);
    }
    return new Sink(path);
  }

  @Test
  void lastLinesAreReadBack() throws IOException {
    Path path = folder.resolve("app.log");
    try (Sink sink = new Sink(path)) {
      LogSpool spool = new LogSpool(Id128.of(new byte[16]), 1 << 20, new SpoolCounters());
      IntStream.range(0, 10)
          .forEach(i -> spool.accept(Line.newBuilder().setText("line " + i).build()));
      sink.write(spool.next());

      List<String> last = sink.file.last(3).stream().map(LogLine::text).toList();

      assertEquals(List.of("line 7", "line 8", "line 9"), last);
    }
  }

  @Test
  void fileWithAnotherSinkIsRefused() throws IOException {
    Path path = folder.resolve("app.log");
    try (Sink _ = new Sink(path)) {
      IOException e = assertThrows(IOException.class, () -> new Sink(path));

      assertEquals("another sink writes to " + path, e.getMessage());
    }
  }

  @Test
  void damagedRecordIsNotOverwritten() throws IOException {
    Path path = folder.resolve("app.log");
    Files.writeString(path.resolveSibling("app.log.spools"), "nonsense");

    IOException e = assertThrows(IOException.class, () -> new Sink(path));

    assertTrue(e.toString().contains("app.log.spools is damaged"), e.toString());
  }

  @Test
  void fileThatSomebodyCutIsTakenAsItIs() throws IOException {
    Path path = folder.resolve("app.log");
    LogSpool spool = new LogSpool(Id128.of(new byte[16]), 1 << 20, new SpoolCounters());
    spool.accept(Line.newBuilder().setText("one").build());
    try (Sink sink = new Sink(path)) {
      sink.write(spool.next());
    }
    Files.write(path, new byte[0]);
    spool.accept(Line.newBuilder().setText("two").build());

    try (Sink sink = new Sink(path)) {
      sink.write(spool.next());
    }

    assertEquals(List.of("two"), texts(path));
  }

  @Test
  void whatAnOperatorShouldDoIsSaidWhenTheFileWasMovedAway() throws IOException {
    Path path = folder.resolve("app.log");
    LogSpool spool = new LogSpool(Id128.of(new byte[16]), 1 << 20, new SpoolCounters());
    spool.accept(Line.newBuilder().setText("one").build());
    try (Sink sink = new Sink(path)) {
      sink.write(spool.next());
    }
    Files.move(path, folder.resolve("app.log.1"));
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    Logger log = (Logger) LoggerFactory.getLogger(LogFile.class);
    said.start();
    log.setLevel(Level.WARN);
    log.addAppender(said);

    try (Sink _ = new Sink(path)) {
      String warning = said.list.getFirst().getFormattedMessage();
      assertTrue(warning.startsWith("LOG: " + path + " has 0 of the "), warning);
      assertTrue(warning.endsWith("stop the process, move the file and start again"), warning);
    } finally {
      log.detachAppender(said);
      log.setLevel(null);
    }
  }

  private static List<String> texts(Path path) throws IOException {
    return Files.readAllLines(path).stream()
        .map(line -> LogLine.parse(line).map(LogLine::text).orElse("torn: " + line))
        .toList();
  }

  /// Ledger and file as the server joins them.
  private static final class Sink implements AutoCloseable {
    final LogFile file;
    private final LogLedger ledger = new LogLedger(8, new SinkCounters());

    Sink(Path path) throws IOException {
      file = new LogFile(path, true);
      try {
        ledger.reset(file.open());
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }

    void write(Batch batch) throws IOException {
      List<LogLine> lines = ledger.stage(WRITER, batch);
      Map<SpoolId, Long> state = ledger.stagedState();
      file.write(lines, state);
      ledger.commit(state);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

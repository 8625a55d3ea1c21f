package dev.farcap.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.WriteRequest;
import io.grpc.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Log lines cross the pair exactly once and in order, however often the server-proxy is killed; of
/// those that find no room any more it is told how many, where they would stand.
///
/// `farcap.proof.long`: 100,000 lines and ten kills instead of 20,000 and two.
@Timeout(300)
class LogProofTest {
  private static final boolean LONG = Boolean.getBoolean("farcap.proof.long");
  private static final int WRITERS = 4;
  private static final int LINES_EACH = LONG ? 25_000 : 5_000;
  private static final int KILLS = LONG ? 10 : 2;
  private static final int LINES_A_CALL = 50;

  /// What a writer lets wait: a third of what its spool of one MiB holds.
  private static final int WAITING_MAX = 2_000;

  /// Four times what a spool holds.
  private static final int TOO_MANY = 24_000;

  private static final Pattern WRITTEN =
      Pattern.compile("\\S+ \\[host-a -> app -> (\\w+)] (\\w+) (.*)");

  @TempDir private Path folder;

  @Test
  void noLineIsLostDoubledOrOvertakenWhileTheServerIsKilled() throws Exception {
    try (ProcessPair pair = ProcessPair.withBackend(folder, folder.resolve("nobody.sock")).start();
        Program program = Program.at(pair.socket());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Progress progress = new Progress(pair.logFile());
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        writers.add(threads.submit(() -> write(program, writer, progress)));
      }

      for (int kill = 1; kill <= KILLS; kill++) {
        long reached = (long) kill * WRITERS * LINES_EACH / (KILLS + 1);
        Until.holds("line " + reached, () -> progress.total() >= reached);
        pair.loseServerProxy();
      }
      for (Future<?> writer : writers) {
        writer.get(2, TimeUnit.MINUTES);
      }
      Until.holds("all lines", () -> progress.total() >= WRITERS * LINES_EACH);

      for (int i = 0; i < WRITERS; i++) {
        assertEquals(LINES_EACH, assertInOrder(pair.logFile(), "w" + i, 0));
      }
      assertEquals(WRITERS * LINES_EACH, progress.total());
    }
  }

  @Test
  void linesThatFoundNoRoomAreCountedInTheirPlace() throws Exception {
    try (ProcessPair pair = ProcessPair.withBackend(folder, folder.resolve("nobody.sock")).start();
        Program program = Program.at(pair.socket())) {
      Channel channel = program.channel("w0");
      write(channel, 0, 100);
      Until.holds("the first lines", () -> count(pair.logFile()) == 100);

      pair.server().kill();
      for (int from = 100; from < TOO_MANY; from += LINES_A_CALL) {
        write(channel, from, LINES_A_CALL);
      }
      pair.server().start();
      write(channel, TOO_MANY, 1);
      Until.holds("the last line", () -> Files.readString(pair.logFile()).contains(text(TOO_MANY)));

      int lost = assertInOrderWithLosses(pair.logFile(), TOO_MANY + 1);
      System.out.printf("%d of %d lines lost, and said so%n", lost, TOO_MANY + 1);
      assertTrue(lost > TOO_MANY / 2, "only " + lost + " were lost");
    }
  }

  private static Void write(Program program, int writer, Progress progress) throws Exception {
    Channel channel = program.channel("w" + writer);
    for (int from = 0; from < LINES_EACH; from += LINES_A_CALL) {
      int next = from;
      Until.holds(
          () -> "writer " + writer + " waits at " + next,
          Duration.ofMinutes(1),
          () -> next - progress.of(writer) < WAITING_MAX);
      write(channel, from, LINES_A_CALL);
    }
    return null;
  }

  private static void write(Channel channel, int from, int count) {
    WriteRequest.Builder request = WriteRequest.newBuilder();
    for (int i = 0; i < count; i++) {
      request.addLines(Line.newBuilder().setText(text(from + i)));
    }
    var _ =
        LogGrpc.newBlockingStub(channel)
            .withDeadlineAfter(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS)
            .write(request.build());
  }

  private static String text(int number) {
    return "line %07d of a program that has something to say".formatted(number);
  }

  private static int number(String text) {
    return Integer.parseInt(text.substring("line ".length(), "line ".length() + 7));
  }

  private static Matcher parse(String line) {
    Matcher parts = WRITTEN.matcher(line);
    assertTrue(parts.matches(), "a torn line: " + line);
    return parts;
  }

  /// @return how many lines there are of the writer
  private static int assertInOrder(Path file, String writer, int first) throws IOException {
    int expected = first;
    try (Stream<String> lines = Files.lines(file)) {
      for (String line : (Iterable<String>) lines::iterator) {
        Matcher parts = parse(line);
        if (parts.group(1).equals(writer)) {
          assertEquals(text(expected++), parts.group(3));
        }
      }
    }
    return expected - first;
  }

  /// @return how many lines the notices tell of
  private static int assertInOrderWithLosses(Path file, int all) throws IOException {
    int next = 0;
    int lost = 0;
    for (String line : Files.readAllLines(file)) {
      Matcher parts = parse(line);
      if (parts.group(3).endsWith(" lines lost")) {
        int count = Integer.parseInt(parts.group(3).split(" ", 2)[0]);
        assertEquals("WARNING", parts.group(2));
        lost += count;
        next += count;
      } else {
        assertEquals(next++, number(parts.group(3)), () -> "after the notices of " + line);
      }
    }
    assertEquals(all, next);
    return lost;
  }

  private static long count(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    }
  }

  /// How far the writers' lines have come, as the file says. It is cut at each start of the server.
  private static final class Progress {
    /// Reading a large file costs the proxies processor time.
    private static final long APART_NANOS = Duration.ofMillis(250).toNanos();

    private static final String BEFORE_NUMBER = "-> app -> w";

    private final Path file;
    private int[] counts = new int[WRITERS];
    private long lookedNanos;

    Progress(Path file) {
      this.file = file;
    }

    synchronized int of(int writer) throws IOException {
      look();
      return counts[writer];
    }

    synchronized int total() throws IOException {
      look();
      return Arrays.stream(counts).sum();
    }

    private void look() throws IOException {
      if (System.nanoTime() - lookedNanos < APART_NANOS && lookedNanos != 0) {
        return;
      }
      int[] fresh = new int[WRITERS];
      try (Stream<String> lines = Files.lines(file)) {
        for (String line : (Iterable<String>) lines::iterator) {
          int writer = line.indexOf(BEFORE_NUMBER) + BEFORE_NUMBER.length();
          // The last one may be half written.
          if (writer > BEFORE_NUMBER.length() && writer < line.length()) {
            fresh[line.charAt(writer) - '0']++;
          }
        }
      }
      counts = fresh;
      lookedNanos = System.nanoTime();
    }
  }
}

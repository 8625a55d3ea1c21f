package dev.farcap.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Line;
import dev.farcap.session.Id128;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// The program's side without a network. A batch is written `1 2 3`, with `lost5@5` for an entry
/// that stands for five lines up to number 5.
class LogSpoolTest {
  private static final int LINE_BYTES = 100;
  private final SpoolCounters counters = new SpoolCounters();
  private final LogSpool spool = new LogSpool(Id128.of(new byte[16]), 3 * LINE_BYTES, counters);

  @Test
  void linesAreSentOnceInOrder() {
    accept(1, 3);

    assertEquals("1 2 3", next());
    assertFalse(spool.hasUnsent());
  }

  @Test
  void whatWasNotAcknowledgedIsSentAgainAfterABreak() {
    accept(1, 3);
    next();
    spool.acknowledged(1);

    spool.broken();

    assertEquals("2 3", next());
  }

  @Test
  void oldestGoAndTheirNumberTakesTheirPlace() {
    accept(1, 8);

    assertEquals("lost5@5 6 7 8", next());
    assertEquals(5, counters.dropped());
  }

  @Test
  void linesDroppedOnTheirWayAreOnlyMissedIfTheStreamBreaks() {
    accept(1, 3);
    next();
    accept(4, 6);
    assertEquals("4 5 6", next());
    spool.acknowledged(2);

    spool.broken();

    assertEquals("lost1@3 4 5 6", next());
  }

  @Test
  void linesDroppedBeforeAndOnTheirWayAreOneNotice() {
    accept(1, 2);
    next();
    accept(3, 9);

    assertEquals("lost4@6 7 8 9", next());
    spool.broken();

    assertEquals("lost6@6 7 8 9", next());
  }

  @Test
  void acknowledgedLinesMakeRoom() {
    accept(1, 3);
    next();
    assertTrue(spool.acknowledged(3));
    accept(4, 6);

    assertEquals("4 5 6", next());
    assertEquals(0, counters.dropped());
  }

  @Test
  void acknowledgementOfWhatWasNeverSentIsIgnored() {
    accept(1, 3);

    assertFalse(spool.acknowledged(2));

    assertEquals("1 2 3", next());
  }

  @Test
  void lineLargerThanTheSpoolIsHeldAlone() {
    spool.accept(Line.newBuilder().setText("x".repeat(8_000)).build());
    assertEquals("1", next());
    accept(2, 2);

    assertEquals("2", next());
  }

  @Test
  void batchIsBounded() {
    LogSpool large = new LogSpool(Id128.of(new byte[16]), 10 << 20, counters);
    Line line = Line.newBuilder().setText("x".repeat(8_000)).build();
    IntStream.range(0, 20).forEach(_ -> large.accept(line));

    assertTrue(large.next().getSerializedSize() < 64 * 1024);
    assertTrue(large.hasUnsent());
  }

  @Test
  void spoolThatIsGivenUpTellsItsLossWithTheNextLine() {
    accept(1, 3);
    next();
    spool.dropAll();
    spool.broken();
    accept(4, 4);

    assertEquals("lost3@3 4", next());
  }

  private void accept(int from, int to) {
    // Each costs a little under a third of the spool.
    IntStream.rangeClosed(from, to)
        .forEach(i -> spool.accept(Line.newBuilder().setText("" + i).build()));
  }

  private String next() {
    Batch batch = spool.next();
    List<String> entries =
        batch.getEntriesList().stream()
            .map(
                e ->
                    e.getLost() > 0
                        ? "lost" + e.getLost() + "@" + e.getSequence()
                        : "" + e.getSequence())
            .toList();
    return String.join(" ", entries);
  }
}

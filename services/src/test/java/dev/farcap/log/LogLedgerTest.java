package dev.farcap.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Entry;
import dev.farcap.log.v1.Line;
import dev.farcap.session.Label;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The sink's side without a disk. Entries are written `1 2 lost3@5`; what comes out are the texts.
class LogLedgerTest {
  private static final Label APP = Label.of("host-a", "app");

  private final SinkCounters counters = new SinkCounters();
  private final LogLedger ledger = new LogLedger(4, counters);

  @ParameterizedTest
  @CsvSource({
    // before, then, lines written for the second batch
    "1 2 3, 4 5, '4, 5'",
    "1 2 3, 1 2 3, ''",
    "1 2 3, 2 3 4, 4",
    "1 2 3, lost2@5 6, '2 lines lost, 6'",
    // Some of what the spool dropped had arrived.
    "1 2 3, lost5@5 6, '2 lines lost, 6'",
    "1 2 3, lost3@3 4, 4",
    // A sink that was set back to an older state.
    "1 2 3, 6, '2 lines lost, 6'",
    // A spool not known, or forgotten.
    "7, 8, 8",
    "lost2@9 10, 11, 11",
  })
  void whatWasWrittenIsNotWrittenAgainAndWhatIsMissingIsTold(
      String before, String then, String lines) {
    commit(APP, 1, before);

    assertEquals(lines, commit(APP, 1, then));
  }

  @Test
  void repetitionWithinOneGroupIsSeen() {
    ledger.stage(APP, batch(1, "1 2"));

    assertEquals(List.of(), ledger.stage(APP, batch(1, "1 2")));
    assertEquals(2, counters.duplicates());
  }

  @Test
  void groupThatWasNotWrittenIsForgotten() {
    commit(APP, 1, "1 2");
    Map<SpoolId, Long> recorded = ledger.stagedState();
    ledger.stage(APP, batch(1, "3"));

    ledger.reset(recorded);

    assertEquals("3", commit(APP, 1, "3"));
  }

  @Test
  void spoolIsItsPeersOwn() {
    commit(Label.of("host-a", "app"), 1, "1 2 3");

    assertEquals("1, 2, 3", commit(Label.of("host-b", "app"), 1, "1 2 3"));
    assertEquals("", commit(Label.of("host-a", "other"), 1, "1 2 3"));
  }

  @Test
  void peerWithMostSpoolsForgetsItsOwn() {
    commit(Label.of("quiet", "app"), 1, "1");
    for (int spool = 1; spool <= 20; spool++) {
      commit(Label.of("noisy", "app"), spool, "1");
    }

    assertEquals(4, ledger.stagedState().size());
    assertEquals("", commit(Label.of("quiet", "app"), 1, "1"));
    assertEquals("", commit(Label.of("noisy", "app"), 20, "1"));
  }

  @ParameterizedTest
  @CsvSource({"0", "2 1", "1 1", "lost3@2", "''"})
  void batchThatBreaksARuleIsRefusedWhole(String entries) {
    assertThrows(IllegalArgumentException.class, () -> ledger.stage(APP, batch(1, entries)));

    assertEquals(Map.of(), ledger.stagedState());
  }

  @Test
  void spoolIdOfAnotherLengthIsRefused() {
    Batch batch = batch(1, "1").toBuilder().setSpool(ByteString.copyFromUtf8("short")).build();

    Exception e = assertThrows(IllegalArgumentException.class, () -> ledger.stage(APP, batch));

    assertTrue(e.toString().contains("spool id is 5 bytes, expected 16"), e.toString());
  }

  private String commit(Label writer, int spool, String entries) {
    List<String> texts =
        ledger.stage(writer, batch(spool, entries)).stream().map(LogLine::text).toList();
    ledger.commit(ledger.stagedState());
    return String.join(", ", texts);
  }

  private static Batch batch(int spool, String entries) {
    byte[] id = new byte[16];
    id[0] = (byte) spool;
    Batch.Builder batch = Batch.newBuilder().setSpool(ByteString.copyFrom(id));
    for (String entry : entries.isEmpty() ? new String[0] : entries.split(" ")) {
      batch.addEntries(entry(entry));
    }
    return batch.build();
  }

  private static Entry entry(String written) {
    if (!written.startsWith("lost")) {
      return Entry.newBuilder()
          .setSequence(Long.parseLong(written))
          .setLine(Line.newBuilder().setText(written))
          .build();
    }
    String[] parts = written.substring("lost".length()).split("@", 2);
    return Entry.newBuilder()
        .setLost(Long.parseLong(parts[0]))
        .setSequence(Long.parseLong(parts[1]))
        .build();
  }
}

package dev.farcap.log;

import com.google.protobuf.ByteString;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Entry;
import dev.farcap.session.Id128;
import dev.farcap.session.Label;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// The core of the sink: which entries of which spool are written, so that none is written twice.
///
/// A group of batches is *staged*, written by the shell together with [#stagedState()], and then
/// [committed](#commit); where writing fails it is [forgotten](#reset). One thread.
///
/// **At most so many spools are remembered.** A new one beyond the bound takes the place of the
/// longest unused spool of the peer that has most of them: a peer that opens spools without end
/// only ever forgets its own. The entries of a forgotten spool would be written again if they were
/// sent again, which its stand-in does only if their acknowledgement was lost.
final class LogLedger {
  /// Entries in one batch: a few milliseconds of a busy program.
  static final int ENTRIES_MAX = 1024;

  private final int spoolsMax;
  private final SinkCounters counters;

  /// Last number written, by spool, the longest unused first.
  private final Map<SpoolId, Long> written = new LinkedHashMap<>(16, 0.75f, true);

  private final Map<SpoolId, Long> staged = new LinkedHashMap<>();

  /// @param spoolsMax at least 1
  LogLedger(int spoolsMax, SinkCounters counters) {
    this.spoolsMax = spoolsMax;
    this.counters = counters;
  }

  /// Forgets what is staged and begins with what is on disk.
  void reset(Map<SpoolId, Long> recorded) {
    staged.clear();
    written.clear();
    written.putAll(recorded);
  }

  /// Stages a batch.
  ///
  /// @param writer effective label
  /// @return the lines to write for it, in order; none if all of them were written before
  /// @throws IllegalArgumentException saying which rule the batch breaks; nothing of it is staged
  List<LogLine> stage(Label writer, Batch batch) {
    check(batch);
    SpoolId spool = spool(writer, batch.getSpool());
    long last = last(spool).orElse(batch.getEntries(0).getSequence() - count(batch.getEntries(0)));
    List<LogLine> lines = new ArrayList<>(batch.getEntriesCount());
    for (Entry entry : batch.getEntriesList()) {
      if (entry.getSequence() <= last) {
        counters.duplicates.increment();
      } else {
        write(writer.toString(), entry, last, lines);
        last = entry.getSequence();
      }
    }
    staged.put(spool, last);
    return lines;
  }

  /// Everything that will be written when the group is: what the shell records with it, the longest
  /// unused first.
  Map<SpoolId, Long> stagedState() {
    Map<SpoolId, Long> state = new LinkedHashMap<>(written);
    staged.forEach(
        (spool, last) -> {
          state.remove(spool);
          state.put(spool, last);
        });
    while (state.size() > spoolsMax) {
      state.remove(leastMissed(state));
    }
    return state;
  }

  /// The group is written and recorded.
  void commit(Map<SpoolId, Long> state) {
    reset(state);
  }

  /// The last number written of a spool, staged ones included.
  private OptionalLong last(SpoolId spool) {
    Long last = staged.getOrDefault(spool, written.get(spool));
    return last == null ? OptionalLong.empty() : OptionalLong.of(last);
  }

  private void write(String label, Entry entry, long last, List<LogLine> lines) {
    boolean notice = entry.getLost() > 0;
    long missing = entry.getSequence() - last - (notice ? 0 : 1);
    if (missing > 0) {
      counters.lost.add(missing);
      lines.add(LogLine.lost(label, entry.getLine(), missing));
    }
    if (!notice) {
      for (String text : LogText.split(entry.getLine().getText())) {
        lines.add(LogLine.of(label, entry.getLine(), text));
      }
    }
  }

  private static void check(Batch batch) {
    if (batch.getSpool().size() != Id128.BYTES) {
      throw new IllegalArgumentException(
          "spool id is " + batch.getSpool().size() + " bytes, expected " + Id128.BYTES);
    }
    if (batch.getEntriesCount() == 0 || batch.getEntriesCount() > ENTRIES_MAX) {
      throw new IllegalArgumentException(
          "batch has " + batch.getEntriesCount() + " entries, expected 1.." + ENTRIES_MAX);
    }
    long before = 0;
    for (Entry entry : batch.getEntriesList()) {
      // Numbers are unsigned on the wire; the upper half is out of anybody's reach.
      if (entry.getSequence() <= before
          || entry.getLost() < 0
          || entry.getLost() > entry.getSequence()) {
        throw new IllegalArgumentException(
            "entry %s after %d, standing for %s lost: numbers must grow from 1"
                .formatted(
                    Long.toUnsignedString(entry.getSequence()),
                    before,
                    Long.toUnsignedString(entry.getLost())));
      }
      before = entry.getSequence();
    }
  }

  private static long count(Entry entry) {
    return Math.max(1, entry.getLost());
  }

  private static SpoolId spool(Label writer, ByteString id) {
    String peer = writer.isEmpty() ? "" : writer.elements().getFirst();
    return new SpoolId(peer, Id128.of(id.toByteArray()));
  }

  private static SpoolId leastMissed(Map<SpoolId, Long> state) {
    Map<String, Integer> spools = new HashMap<>();
    state.keySet().forEach(spool -> spools.merge(spool.peer(), 1, Integer::sum));
    int most = spools.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
    return state.keySet().stream()
        .filter(spool -> spools.getOrDefault(spool.peer(), 0) == most)
        .findFirst()
        .orElseThrow();
  }
}

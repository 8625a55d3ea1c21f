package dev.farcap.log;

import com.google.protobuf.ByteString;
import dev.farcap.log.v1.Batch;
import dev.farcap.log.v1.Entry;
import dev.farcap.log.v1.Line;
import dev.farcap.session.Id128;
import java.util.ArrayDeque;
import java.util.Deque;

/// The core of the stand-in: lines that the sink has not acknowledged yet, numbered and bounded.
///
/// A state machine without I/O. One thread.
///
///     acknowledged │ dropped │ on their way │ waiting
///     ─────────────┼─────────┼──────────────┼─────────▶ number
///                  A         D              S         next
///
/// Lines enter at the right. When there is no room the oldest that are held go, wherever they are:
/// D moves right. If they were on their way (D ≤ S) they may still arrive; only a broken stream
/// makes them lost. When the next batch begins left of D, its first entry stands for the lines up
/// to D: whatever of them the sink has after all, it does not count.
final class LogSpool {
  /// One batch: half a call's window, with the heads of its frames, so that it needs no round trip.
  private static final int BATCH_BYTES_MAX = 60 * 1024;

  /// What a held line costs beside its bytes on the wire: two objects and a slot.
  private static final int OVERHEAD_BYTES = 96;

  private final ByteString id;
  private final long bytesMax;
  private final SpoolCounters counters;
  private final Deque<Line> onTheirWay = new ArrayDeque<>();
  private final Deque<Line> waiting = new ArrayDeque<>();
  private long bytes;
  private long acknowledged;
  private long dropped;
  private long sent;
  private long last;
  private Line lastDropped = Line.getDefaultInstance();

  /// @param id random, not used before
  /// @param bytesMax what is held at most; one line is held in any case
  LogSpool(Id128 id, long bytesMax, SpoolCounters counters) {
    this.id = ByteString.copyFrom(id.bytes());
    this.bytesMax = bytesMax;
    this.counters = counters;
  }

  /// Takes a line, and drops the oldest where there is no room.
  void accept(Line line) {
    waiting.addLast(line);
    last++;
    bytes += cost(line);
    counters.accepted.increment();
    while (bytes > bytesMax && held() > 1) {
      dropOldest();
    }
  }

  /// Whether [#next()] has something to send.
  boolean hasUnsent() {
    return sent < last;
  }

  /// Whether everything is acknowledged.
  boolean isEmpty() {
    return acknowledged == last;
  }

  /// The next batch to send; only where there is one.
  Batch next() {
    Batch.Builder batch = Batch.newBuilder().setSpool(id);
    if (sent < dropped) {
      batch.addEntries(entry(dropped, lastDropped).setLost(dropped - sent));
      sent = dropped;
    }
    int size = 0;
    while (!waiting.isEmpty() && batch.getEntriesCount() < LogLedger.ENTRIES_MAX) {
      size += waiting.getFirst().getSerializedSize() + Long.BYTES;
      if (size > BATCH_BYTES_MAX && batch.getEntriesCount() > 0) {
        break;
      }
      Line line = waiting.removeFirst();
      onTheirWay.addLast(line);
      batch.addEntries(entry(++sent, line));
    }
    return batch.build();
  }

  /// The sink has everything up to this number.
  ///
  /// @return whether that is news
  boolean acknowledged(long sequence) {
    if (sequence <= acknowledged || sequence > sent) {
      return false;
    }
    for (long number = Math.max(acknowledged, dropped); number < sequence; number++) {
      bytes -= cost(onTheirWay.removeFirst());
    }
    acknowledged = sequence;
    dropped = Math.max(dropped, sequence);
    return true;
  }

  /// The stream broke: what was on its way waits again.
  void broken() {
    while (!onTheirWay.isEmpty()) {
      waiting.addFirst(onTheirWay.removeLast());
    }
    sent = acknowledged;
  }

  /// Gives everything up that is held.
  void dropAll() {
    while (held() > 0) {
      dropOldest();
    }
  }

  private int held() {
    return onTheirWay.size() + waiting.size();
  }

  private void dropOldest() {
    lastDropped = onTheirWay.isEmpty() ? waiting.removeFirst() : onTheirWay.removeFirst();
    bytes -= cost(lastDropped);
    dropped++;
    counters.dropped.increment();
  }

  private static Entry.Builder entry(long sequence, Line line) {
    return Entry.newBuilder().setSequence(sequence).setLine(line);
  }

  private static long cost(Line line) {
    return (long) line.getSerializedSize() + OVERHEAD_BYTES;
  }
}

package dev.farcap.door;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where decisions about sessions are written down: one line each, of the logger `farcap.audit`.
///
/// Refusals come as fast as somebody asks. Of a flood it is a hundred lines a second, and how many
/// more there were. Thread-safe.
public final class AuditLog {
  private static final Logger AUDIT = LoggerFactory.getLogger("farcap.audit");

  /// Refusals of one asker written down: an honest one is refused now and then, at most.
  private static final int REFUSALS_PER_SECOND = 100;

  private final Rates<Object> refusals;
  private final AtomicLong unwritten = new AtomicLong();

  /// @param ticker nanoseconds
  public AuditLog(LongSupplier ticker) {
    refusals = new Rates<>(REFUSALS_PER_SECOND, ticker);
  }

  /// Writes a line.
  ///
  /// @param pattern as SLF4J's; what comes from outside stands in quotes there, and is [#quoted]
  public void write(String pattern, Object... values) {
    AUDIT.info(pattern, values);
  }

  /// Writes a line about a refusal, or counts it.
  ///
  /// @param asker who has the lines: the holder of a key at the server, a listener at the client
  /// @param pattern as of [#write]
  public void refused(Object asker, String pattern, Object... values) {
    if (!refusals.take(asker)) {
      unwritten.incrementAndGet();
      return;
    }
    long count = unwritten.getAndSet(0);
    if (count > 0) {
      AUDIT.info("decision=refused reason=FLOOD count={}", count);
    }
    AUDIT.info(pattern, values);
  }

  /// Text from outside, as it may stand between quotes of a line.
  public static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}

package dev.farcap.log;

import dev.farcap.log.v1.Level;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.TailReply;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One line as a sink keeps it.
///
///     2026-11-20T19:19:40.123456Z [host-a -> app1] INFO ready
///
/// A `]` inside the label is written `\x{5D}`, so that the first one ends it whatever a program
/// puts into its label; the text can thus not pass for another label, level or line.
///
/// @param originUnixNanos time of origin by the writer's clock, nanoseconds since 1970
/// @param label effective label of the writer
/// @param level never LEVEL_UNSPECIFIED
/// @param text escaped
public record LogLine(long originUnixNanos, String label, Level level, String text) {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);
  private static final Pattern FORMAT =
      Pattern.compile("(\\S+) \\[([^]]*)] (ERROR|WARNING|INFO|DEBUG) (.*)");
  private static final long NANOS = 1_000_000_000;

  /// A line of a program, its text as it came.
  static LogLine of(String label, Line line, String text) {
    return new LogLine(
        line.getOriginUnixNanos(), label, known(line.getLevel()), LogText.escape(text));
  }

  /// The notice that lines are missing here.
  static LogLine lost(String label, Line line, long count) {
    return new LogLine(line.getOriginUnixNanos(), label, Level.WARNING, count + " lines lost");
  }

  private static Level known(Level level) {
    return switch (level) {
      case LEVEL_UNSPECIFIED, UNRECOGNIZED -> Level.INFO;
      case ERROR, WARNING, INFO, DEBUG -> level;
    };
  }

  /// Reads what [#toString()] wrote.
  ///
  /// @return empty for anything else
  static Optional<LogLine> parse(String written) {
    Matcher parts = FORMAT.matcher(written);
    if (!parts.matches()) {
      return Optional.empty();
    }
    try {
      Instant time = Instant.parse(parts.group(1));
      return Optional.of(
          new LogLine(
              time.getEpochSecond() * NANOS + time.getNano(),
              parts.group(2).replace("\\x{5D}", "]"),
              Level.valueOf(parts.group(3)),
              parts.group(4)));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  TailReply toProto(long lost) {
    return TailReply.newBuilder()
        .setLine(
            Line.newBuilder().setText(text).setLevel(level).setOriginUnixNanos(originUnixNanos))
        .setLabel(label)
        .setLost(lost)
        .build();
  }

  /// A line as told to a follower.
  public static LogLine of(TailReply reply) {
    return of(reply.getLabel(), reply.getLine(), reply.getLine().getText());
  }

  /// As it stands in a log file, without a line break.
  @Override
  public String toString() {
    return TIME.format(Instant.ofEpochSecond(0, originUnixNanos))
        + " ["
        + LogText.escape(label).replace("]", "\\x{5D}")
        + "] "
        + level
        + " "
        + text;
  }
}

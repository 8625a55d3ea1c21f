package dev.farcap.deploy;

import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;

/// Writes one line for each event to stderr: time, level, last element of the logger's name, text.
/// A failure adds what it says and where it came from.
final class ConsoleLogger extends LegacyAbstractLogger {
  private static final long serialVersionUID = 1;
  private static final int MILLIS_DIGITS = 3;
  private static final int LEVEL_WIDTH = 5;
  private static final DateTimeFormatter TIME =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendLiteral('T')
          .appendValue(ChronoField.HOUR_OF_DAY, 2)
          .appendLiteral(':')
          .appendValue(ChronoField.MINUTE_OF_HOUR, 2)
          .appendLiteral(':')
          .appendValue(ChronoField.SECOND_OF_MINUTE, 2)
          .appendFraction(ChronoField.NANO_OF_SECOND, MILLIS_DIGITS, MILLIS_DIGITS, true)
          .appendOffset("+HH:MM", "Z")
          .toFormatter();

  private final Level level;

  /// @param level what is below it is not written
  ConsoleLogger(String name, Level level) {
    this.name = name;
    this.level = level;
  }

  @Override
  protected void handleNormalizedLoggingCall(
      Level event,
      @Nullable Marker marker,
      String pattern,
      Object @Nullable [] arguments,
      @Nullable Throwable failure) {
    StringBuilder line = new StringBuilder();
    TIME.formatTo(OffsetDateTime.now(ZoneId.systemDefault()), line);
    line.append(' ').append(event);
    line.repeat(' ', LEVEL_WIDTH - event.name().length() + 1);
    line.append(name, name.lastIndexOf('.') + 1, name.length()).append(": ");
    line.append(MessageFormatter.basicArrayFormat(pattern, arguments)).append('\n');
    if (failure != null) {
      line.append(failure).append('\n');
      Stream.of(failure.getStackTrace())
          .limit(1)
          .forEach(where -> line.append("\tat ").append(where).append('\n'));
    }
    System.err.print(line);
  }

  @Override
  protected @Nullable String getFullyQualifiedCallerName() {
    return null;
  }

  @Override
  public boolean isTraceEnabled() {
    return writes(Level.TRACE);
  }

  @Override
  public boolean isDebugEnabled() {
    return writes(Level.DEBUG);
  }

  @Override
  public boolean isInfoEnabled() {
    return writes(Level.INFO);
  }

  @Override
  public boolean isWarnEnabled() {
    return writes(Level.WARN);
  }

  @Override
  public boolean isErrorEnabled() {
    return writes(Level.ERROR);
  }

  private boolean writes(Level event) {
    return event.toInt() >= level.toInt();
  }
}

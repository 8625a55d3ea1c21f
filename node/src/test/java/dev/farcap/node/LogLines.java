package dev.farcap.node;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/// What a logger says while this is open, up to INFO.
final class LogLines implements AutoCloseable {
  private final Logger logger;
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };

  private LogLines(String name) {
    logger = (Logger) LoggerFactory.getLogger(name);
    appender.start();
    logger.setLevel(Level.INFO);
    logger.setAdditive(false);
    logger.addAppender(appender);
  }

  static LogLines of(Class<?> room) {
    return of(room.getName());
  }

  static LogLines of(String logger) {
    return new LogLines(logger);
  }

  /// All so far.
  List<String> lines() {
    return List.copyOf(lines);
  }

  /// Waits for a line with that text.
  void await(String text) throws Exception {
    try {
      Await.until(() -> lines.stream().anyMatch(line -> line.contains(text)));
    } catch (AssertionError e) {
      throw new AssertionError("'" + text + "' is not among " + lines, e);
    }
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setAdditive(true);
    logger.setLevel(null);
  }
}

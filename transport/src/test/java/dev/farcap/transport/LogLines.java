package dev.farcap.transport;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/// What a class logs until this is closed.
public final class LogLines implements AutoCloseable {
  private final List<String> lines = new CopyOnWriteArrayList<>();
  private final Logger logger;
  private final Level usual;
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          lines.add(event.getFormattedMessage());
        }
      };

  public LogLines(Class<?> of) {
    logger = (Logger) LoggerFactory.getLogger(of);
    usual = logger.getLevel();
    logger.setLevel(Level.INFO);
    appender.start();
    logger.addAppender(appender);
  }

  /// So far.
  public List<String> lines() {
    return List.copyOf(lines);
  }

  /// Awaits a line that ends so.
  public void await(String end) {
    Recorder.awaitThat(
        "line that ends with '" + end + "' in " + lines,
        () -> lines.stream().anyMatch(line -> line.endsWith(end)));
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setLevel(usual);
  }
}

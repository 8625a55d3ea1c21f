package dev.farcap.deploy;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Logger;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/// What stands behind SLF4J in the command: lines to stderr, by [ConsoleLogger], and levels by the
/// longest prefix of a logger's name. `FARCAP_LOG=debug` shows more; `-Dfarcap.log` wins.
///
/// A logging library would be a sixth of a proxy's start, and most of it goes into reading how to
/// do just this. SLF4J finds it as a service; nobody else makes one.
public final class ConsoleLog implements SLF4JServiceProvider, ILoggerFactory {
  /// Of SLF4J's interface, as its documentation wants it said.
  private static final String API = "2.0.99";

  private static final Level OTHERS = Level.WARN;

  private final Map<String, Level> levels =
      Map.of(
          "io.netty.bootstrap",
          Level.ERROR,
          "farcap.audit",
          Level.INFO,
          "dev.farcap",
          level(System.getProperty("farcap.log", System.getenv().get("FARCAP_LOG"))));

  private final ConcurrentHashMap<String, Logger> loggers = new ConcurrentHashMap<>();

  /// For SLF4J.
  public ConsoleLog() {}

  /// What a user wrote; INFO where it is no level.
  private static Level level(@Nullable String name) {
    for (Level level : Level.values()) {
      if (level.name().equalsIgnoreCase(name)) {
        return level;
      }
    }
    return Level.INFO;
  }

  @Override
  public Logger getLogger(String name) {
    return loggers.computeIfAbsent(name, wanted -> new ConsoleLogger(wanted, levelOf(wanted)));
  }

  private Level levelOf(String name) {
    for (int end = name.length(); end > 0; end = name.lastIndexOf('.', end - 1)) {
      Level level = levels.get(name.substring(0, end));
      if (level != null) {
        return level;
      }
    }
    return OTHERS;
  }

  @Override
  public void initialize() {}

  @Override
  public ILoggerFactory getLoggerFactory() {
    return this;
  }

  @Override
  public IMarkerFactory getMarkerFactory() {
    return new BasicMarkerFactory();
  }

  @Override
  public MDCAdapter getMDCAdapter() {
    return new NOPMDCAdapter();
  }

  @Override
  public String getRequestedApiVersion() {
    return API;
  }
}

package dev.farcap.deploy;

import java.util.Optional;
import org.slf4j.simple.SimpleLogger;

/// How much farcap's own log tells. All else about the log stands in `simplelogger.properties`.
/// Counts for loggers that are made afterwards.
final class LogLevel {
  private static final String KEY = SimpleLogger.LOG_KEY_PREFIX + "dev.farcap";

  private LogLevel() {}

  /// As the user wants it: `-Dfarcap.log`, or else `FARCAP_LOG`. What is no level is INFO.
  static void choose() {
    Optional.ofNullable(System.getProperty("farcap.log", System.getenv("FARCAP_LOG")))
        .ifPresent(LogLevel::set);
  }

  /// @param level `trace`, `debug`, `info`, `warn`, `error` or `off`
  static void set(String level) {
    System.setProperty(KEY, level);
  }
}

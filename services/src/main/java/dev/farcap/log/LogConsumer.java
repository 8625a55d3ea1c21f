package dev.farcap.log;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// Hands lines to whoever takes them, standard output for example. Exactly once while the process
/// lives; across a restart at least once, because nothing is recorded.
///
/// @param consumer called by the writing thread, in order
record LogConsumer(Consumer<LogLine> consumer) implements LogSink {
  @Override
  public Map<SpoolId, Long> open() {
    return Map.of();
  }

  @Override
  public void write(List<LogLine> lines, Map<SpoolId, Long> recorded) {
    lines.forEach(consumer);
  }

  @Override
  public List<LogLine> last(int count) {
    return List.of();
  }

  @Override
  public void close() {}
}

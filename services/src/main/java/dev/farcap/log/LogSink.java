package dev.farcap.log;

import java.io.IOException;
import java.util.List;
import java.util.Map;

/// Where lines end up. Called by the log server's writing thread only; may block.
sealed interface LogSink extends AutoCloseable permits LogFile, LogConsumer {
  /// Begins, or begins again after a failed write: makes lines and record agree.
  ///
  /// @return the last number recorded of each spool, the longest unused first
  Map<SpoolId, Long> open() throws IOException;

  /// Writes lines and then records what is written with them.
  ///
  /// @throws IOException if either failed: [#open] tells what is true
  void write(List<LogLine> lines, Map<SpoolId, Long> recorded) throws IOException;

  /// Up to `count` lines that were written last, oldest first, as far as they are kept.
  List<LogLine> last(int count) throws IOException;

  @Override
  void close() throws IOException;
}

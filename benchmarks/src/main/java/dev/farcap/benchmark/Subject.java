package dev.farcap.benchmark;

import java.util.List;

/// Something to be measured: runs from when it was made until it is closed.
interface Subject extends AutoCloseable {
  /// Program and version, as it goes into the report.
  String version();

  /// Where a load reaches it: a target of [Worker].
  String target();

  /// Its own processes, whose processor time counts as its cost. The load generator's counts for
  /// libraries only, whose subject has none.
  List<ProcessHandle> processes();

  /// Stops it and waits until it is gone.
  @Override
  void close();

  /// A library: it runs within the load generator.
  record Library(String version, String target) implements Subject {
    @Override
    public List<ProcessHandle> processes() {
      return List.of();
    }

    @Override
    public void close() {}
  }
}

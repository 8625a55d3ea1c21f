package dev.farcap.proof;

import java.nio.file.Path;

/// A server, a pair and a program, all running: where most proofs play.
record Stage(Backend backend, ProcessPair pair, Program program) implements AutoCloseable {
  /// Changes a pair before it is started.
  interface Change {
    void apply(ProcessPair pair) throws Exception;
  }

  static Stage set(Path folder) throws Exception {
    return set(folder, _ -> {});
  }

  static Stage set(Path folder, Change change) throws Exception {
    Backend backend = Backend.at(folder.resolve("backend.sock"));
    ProcessPair pair = ProcessPair.withBackend(folder, backend.socket());
    change.apply(pair);
    pair.start();
    return new Stage(backend, pair, Program.at(pair.socket()));
  }

  @Override
  public void close() {
    program.close();
    pair.close();
    backend.close();
  }
}

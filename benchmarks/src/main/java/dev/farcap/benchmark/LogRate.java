package dev.farcap.benchmark;

import dev.farcap.log.v1.Level;
import dev.farcap.log.v1.Line;
import dev.farcap.log.v1.LogGrpc;
import dev.farcap.log.v1.WriteRequest;
import dev.farcap.session.Label;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Lines of 100 bytes that stand in the server's file, each second, written 100 at a time with the
/// defaults. The writer waits for each reply but not for the file, so what counts is the file: the
/// round ends when the last line is there.
record LogRate() implements Measurement {
  private static final int LINES = 100;
  private static final int TEXT_BYTES = 100;
  private static final Duration LOOK = Duration.ofMillis(5);
  private static final long PATIENCE_NANOS = Duration.ofSeconds(30).toNanos();

  /// Below what a spool holds, so that nothing is dropped.
  private static final int AHEAD = 2_000;

  @Override
  public String name() {
    return "log-lines-rate";
  }

  @Override
  public Outcome run(Rounds rounds) {
    ManagedChannel front = GrpcLibrary.plaintext(rounds.pair().front());
    LogGrpc.LogBlockingStub log = LogGrpc.newBlockingStub(Asking.label(front, Label.of("writer")));
    WriteRequest.Builder request = WriteRequest.newBuilder();
    for (int line = 0; line < LINES; line++) {
      request.addLines(Line.newBuilder().setLevel(Level.INFO).setText("x".repeat(TEXT_BYTES)));
    }
    Path file = rounds.pair().log();
    List<Double> rates = new ArrayList<>();
    try {
      var _ = rate(log, request.build(), file, rounds.pace().warmUp());
      for (int round = 0; round < rounds.pace().rounds(); round++) {
        rates.add(rate(log, request.build(), file, rounds.pace().round()));
      }
    } finally {
      front.shutdownNow();
    }
    return Outcome.alone(name(), "lines/s", rates);
  }

  private static double rate(
      LogGrpc.LogBlockingStub log, WriteRequest request, Path file, Duration length) {
    long perLine = 0;
    long before = size(file);
    long begin = System.nanoTime();
    long written = 0;
    while (System.nanoTime() - begin < length.toNanos()) {
      var _ = log.write(request);
      written += LINES;
      if (perLine == 0) {
        // All lines are alike, so the file's length tells how many it has.
        Lab.pause(Duration.ofMillis(500));
        perLine = (size(file) - before) / LINES;
        begin = System.nanoTime();
        before = size(file);
        written = 0;
      }
      awaitLines(file, before, perLine, written - AHEAD);
    }
    awaitLines(file, before, perLine, written);
    return written * 1e9 / (System.nanoTime() - begin);
  }

  private static void awaitLines(Path file, long before, long perLine, long lines) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (size(file) - before < lines * perLine) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(
            "the file has " + (size(file) - before) / perLine + " of " + lines + " lines");
      }
      Lab.pause(LOOK);
    }
  }

  private static long size(Path file) {
    try {
      return Files.exists(file) ? Files.size(file) : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}

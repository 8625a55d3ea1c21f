package dev.farcap.benchmark.micro;

import static java.util.Objects.requireNonNull;

import dev.farcap.routing.Decision;
import dev.farcap.routing.DirectorySnapshot;
import dev.farcap.routing.RouteQuery;
import dev.farcap.routing.Router;
import dev.farcap.routing.file.FileDirectory;
import dev.farcap.session.Label;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Deciding where a session goes when the last of many rules is the one that matches.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@Fork(3)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RoutingBenchmark {
  private static final String PROVIDER =
      """
      providers:
        host-b: {identity: farcap://bench/host-b, services: [ROM], addresses: ["tls://127.0.0.1:1"]}
      routes:
      """;

  /// How many rules there are.
  @Param({"10", "10000"})
  public int rules;

  private @Nullable DirectorySnapshot directory;
  private @Nullable RouteQuery query;

  /// Makes a directory as an operator would.
  @Setup
  public void read() throws IOException {
    StringBuilder text = new StringBuilder(PROVIDER);
    for (int rule = 0; rule < rules; rule++) {
      text.append("  - {service: ROM, labelPrefix: \"part-" + rule + " -> \", to: [host-b]}\n");
    }
    Path file = Files.createTempFile("directory", ".yaml");
    Files.writeString(file, text);
    directory = FileDirectory.read(file);
    Files.delete(file);
    query = new RouteQuery("app1", "farcap.rom.v1.Rom", Label.of("part-" + (rules - 1), "config"));
  }

  /// One decision.
  @Benchmark
  public Decision routes() {
    return Router.route(requireNonNull(query), requireNonNull(directory));
  }
}

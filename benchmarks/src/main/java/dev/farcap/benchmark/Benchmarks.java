package dev.farcap.benchmark;

import dev.farcap.benchmark.Rounds.Pace;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Holds the contests of a [Suite], its first argument; `benchmarks/peers.sh`,
/// `benchmarks/media.sh` and `benchmarks/directory.sh` build and run it in the project's folder.
/// Exit code 0: measured (whatever the verdicts), 1: a subject failed, the others were measured, 2:
/// wrong usage, 3: measured with `--strict` and a bound was missed.
final class Benchmarks {
  private static final String USAGE =
      """
      Usage: benchmarks/%s.sh [--quick] [--json FILE] [--targets FILE] [--only PREFIX] [--strict]
        --quick         3 rounds of 1 s after 1 s of warm-up, instead of 7 of 4 s after 10 s:
                        shows that all of it works, not how well
        --json FILE     write every round's figures there
        --targets FILE  bounds; default ../shared/targets.json beside the project
        --only PREFIX   only measurements whose name begins so; may be repeated
        --list          the names of all
        --strict        exit code 3 if a bound is missed
        --help          this
      """;

  private Benchmarks() {}

  /// What the command line asks for.
  private record Options(
      Pace pace, List<Path> json, Path targets, List<String> only, boolean strict) {
    static Options parse(List<String> arguments, Path root) {
      Pace pace = Pace.FULL;
      List<Path> json = List.of();
      Path targets = root.resolve("../shared/targets.json").normalize();
      List<String> only = new ArrayList<>();
      boolean strict = false;
      for (int i = 0; i < arguments.size(); i++) {
        switch (arguments.get(i)) {
          case "--quick" -> pace = Pace.QUICK;
          case "--strict" -> strict = true;
          case "--json" -> json = List.of(Path.of(value(arguments, ++i)));
          case "--targets" -> targets = Path.of(value(arguments, ++i));
          case "--only" -> only.add(value(arguments, ++i));
          default -> throw new IllegalArgumentException("unknown option " + arguments.get(i));
        }
      }
      return new Options(pace, json, targets, only, strict);
    }

    private static String value(List<String> arguments, int at) {
      if (at == arguments.size()) {
        throw new IllegalArgumentException(arguments.getLast() + " wants a value");
      }
      return arguments.get(at);
    }

    List<Measurement> measurements(Suite suite) {
      for (String prefix : only) {
        if (suite.measurements().stream().noneMatch(known -> known.name().startsWith(prefix))) {
          throw new IllegalArgumentException(
              "no measurement's name begins with " + prefix + "; --list shows all");
        }
      }
      return suite.measurements().stream()
          .filter(known -> only.isEmpty() || only.stream().anyMatch(known.name()::startsWith))
          .toList();
    }
  }

  public static void main(String[] words) throws IOException {
    Suite suite = Suite.of(words[0]);
    List<String> arguments = List.of(words).subList(1, words.length);
    if (arguments.contains("--help")) {
      System.out.print(USAGE.formatted(suite.group()));
      return;
    }
    if (arguments.contains("--list")) {
      suite.measurements().forEach(known -> System.out.println(known.name()));
      return;
    }
    Path root = Path.of("").toAbsolutePath();
    Options options;
    Bounds bounds;
    List<Measurement> measurements;
    try {
      options = Options.parse(arguments, root);
      measurements = options.measurements(suite);
      bounds = Bounds.read(options.targets(), suite.group());
    } catch (IllegalArgumentException e) {
      System.err.println(suite.group() + ": " + e.getMessage());
      System.err.print(USAGE.formatted(suite.group()));
      System.exit(2);
      return;
    }
    System.exit(run(root, suite, options, measurements, bounds));
  }

  private static int run(
      Path root, Suite suite, Options options, List<Measurement> measurements, Bounds bounds)
      throws IOException {
    System.out.println(machine(options.pace()));
    List<Outcome> outcomes = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    try (Lab lab = Lab.open(root);
        Rounds rounds = new Rounds(lab, options.pace())) {
      for (Measurement measurement : measurements) {
        System.out.println("measuring " + measurement.name());
        try {
          outcomes.add(measurement.run(rounds));
        } catch (IllegalStateException | StatusRuntimeException e) {
          failures.add(measurement.name() + ": " + e.getMessage());
        }
      }
    }
    System.out.println();
    System.out.print(Report.table(outcomes, bounds));
    outcomes.stream()
        .flatMap(outcome -> Stream.ofNullable(outcome.peerVersion()))
        .distinct()
        .forEach(version -> System.out.println("peer: " + version));
    List<String> others = bounds.besides(suite.measurements());
    if (!others.isEmpty()) {
      System.out.println("bounds of figures not measured here: " + String.join(", ", others));
    }
    for (Path file : options.json()) {
      Report.write(outcomes, bounds, file);
    }
    failures.forEach(failure -> System.err.println(suite.group() + ": " + failure));
    if (!failures.isEmpty()) {
      return 1;
    }
    return options.strict() && !Report.allMet(outcomes, bounds) ? 3 : 0;
  }

  private static String machine(Pace pace) throws IOException {
    return "%d processors, load %s, Linux %s, Java %s %s; %d rounds of %d s after %d s and %,d calls of warm-up"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            Files.readString(Path.of("/proc/loadavg")).split(" ", -1)[0],
            System.getProperty("os.version"),
            System.getProperty("java.version"),
            String.join(" ", ChildJvm.FLAGS),
            pace.rounds(),
            pace.round().toSeconds(),
            pace.warmUp().toSeconds(),
            pace.warmUpCalls());
  }
}

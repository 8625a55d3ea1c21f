package dev.farcap.benchmark;

import dev.farcap.benchmark.Rounds.Outcome;
import dev.farcap.benchmark.Rounds.Pace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/// Compares Farcap with its peers; `benchmarks/peers.sh` builds and runs it in the project's
/// folder. Exit code 0: measured (whatever the verdicts), 1: a subject failed, the others were
/// measured, 2: wrong usage, 3: measured with `--strict` and a bound was missed.
final class Peers {
  private static final String USAGE =
      """
      Usage: benchmarks/peers.sh [--quick] [--json FILE] [--targets FILE] [--only PREFIX] [--strict]
        --quick         rounds of 1 s after 3 s of warm-up, instead of 4 s after 10 s
        --json FILE     write every round's figures there
        --targets FILE  bounds; default ../shared/targets.json beside the project
        --only PREFIX   only comparisons whose name begins so
        --strict        exit code 3 if a bound is missed
        --help          this
      """;

  private Peers() {}

  /// What the command line asks for.
  private record Options(Pace pace, List<Path> json, Path targets, String only, boolean strict) {
    static Options parse(List<String> arguments, Path root) {
      Pace pace = Pace.FULL;
      List<Path> json = List.of();
      Path targets = root.resolve("../shared/targets.json").normalize();
      String only = "";
      boolean strict = false;
      for (int i = 0; i < arguments.size(); i++) {
        switch (arguments.get(i)) {
          case "--quick" -> pace = Pace.QUICK;
          case "--strict" -> strict = true;
          case "--json" -> json = List.of(Path.of(value(arguments, ++i)));
          case "--targets" -> targets = Path.of(value(arguments, ++i));
          case "--only" -> only = value(arguments, ++i);
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

    List<Comparison> comparisons() {
      List<Comparison> wanted =
          Comparison.ALL.stream().filter(known -> known.name().startsWith(only)).toList();
      if (wanted.isEmpty()) {
        throw new IllegalArgumentException("no comparison's name begins with " + only);
      }
      return wanted;
    }
  }

  public static void main(String[] arguments) throws IOException {
    if (List.of(arguments).contains("--help")) {
      System.out.print(USAGE);
      return;
    }
    Path root = Path.of("").toAbsolutePath();
    Options options;
    Bounds bounds;
    List<Comparison> comparisons;
    try {
      options = Options.parse(List.of(arguments), root);
      comparisons = options.comparisons();
      bounds = Bounds.read(options.targets());
    } catch (IllegalArgumentException e) {
      System.err.println("peers: " + e.getMessage());
      System.err.print(USAGE);
      System.exit(2);
      return;
    }
    System.exit(run(root, options, comparisons, bounds));
  }

  private static int run(Path root, Options options, List<Comparison> comparisons, Bounds bounds)
      throws IOException {
    System.out.println(machine(options.pace()));
    List<Outcome> outcomes = new ArrayList<>();
    List<String> failures = new ArrayList<>();
    try (Lab lab = Lab.open(root);
        Rounds rounds = new Rounds(lab, options.pace())) {
      for (Comparison comparison : comparisons) {
        System.out.println("measuring " + comparison.name());
        try {
          outcomes.add(rounds.run(comparison));
        } catch (IllegalStateException e) {
          failures.add(comparison.name() + ": " + e.getMessage());
        }
      }
    }
    System.out.println();
    System.out.print(Report.table(outcomes, bounds));
    outcomes.stream()
        .flatMap(outcome -> Stream.ofNullable(outcome.peerVersion()))
        .distinct()
        .forEach(version -> System.out.println("peer: " + version));
    List<String> others = bounds.besides(Comparison.ALL);
    if (!others.isEmpty()) {
      System.out.println("bounds of figures not measured here: " + String.join(", ", others));
    }
    for (Path file : options.json()) {
      Report.write(outcomes, file);
    }
    failures.forEach(failure -> System.err.println("peers: " + failure));
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

package dev.farcap.benchmark;

import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;

/// What measurements share: how much is measured, and the subjects. These start when first wanted
/// and run, idle, until this is closed.
final class Rounds implements AutoCloseable {
  private final Lab lab;
  private final Pace pace;
  private final Map<SubjectKind, Runner> runners = new EnumMap<>(SubjectKind.class);
  private final Map<Contest, Contest.Results> results = new HashMap<>();

  /// How much is measured.
  ///
  /// @param warmUp of each subject, for each contest, at least
  /// @param warmUpCalls as many since its start, too: on a busy machine time alone compiles little
  /// @param warmUpMax for each contest, however few calls that makes
  /// @param round length of one round of one subject
  /// @param rounds of each subject
  /// @param events signals or changes in a round, where these are what is timed
  /// @param sessions opened where memory per session is measured
  record Pace(
      Duration warmUp,
      long warmUpCalls,
      Duration warmUpMax,
      Duration round,
      int rounds,
      int events,
      int sessions) {
    static final Pace FULL =
        new Pace(
            Duration.ofSeconds(10),
            150_000,
            Duration.ofSeconds(90),
            Duration.ofSeconds(4),
            7,
            1_000,
            10_000);

    /// Whether everything works, hardly how well.
    static final Pace QUICK =
        new Pace(
            Duration.ofSeconds(1), 0, Duration.ofSeconds(1), Duration.ofSeconds(1), 3, 100, 1_000);

    /// Repeats what is to be warm, at least once, for as long as a warm-up takes.
    void warm(Runnable part) {
      long end = System.nanoTime() + warmUp.toNanos();
      do {
        part.run();
      } while (System.nanoTime() < end);
    }
  }

  Rounds(Lab lab, Pace pace) {
    this.lab = lab;
    this.pace = pace;
  }

  Lab lab() {
    return lab;
  }

  Pace pace() {
    return pace;
  }

  Runner runner(SubjectKind kind) {
    return runners.computeIfAbsent(kind, wanted -> Runner.start(wanted, lab));
  }

  /// The results of a contest, which is held when they are first wanted.
  Contest.Results results(Contest contest) {
    Contest.Results known = results.get(contest);
    if (known == null) {
      known = contest.run(this);
      results.put(contest, known);
    }
    return known;
  }

  /// The pair of ours that comparisons use, too.
  FarcapPair pair() {
    return (FarcapPair) runner(SubjectKind.FARCAP_PAIR).subject();
  }

  @Override
  public void close() {
    runners.values().forEach(Runner::close);
  }
}

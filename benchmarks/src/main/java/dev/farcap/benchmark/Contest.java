package dev.farcap.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The same calls through several subjects. All are warmed up, then take turns, A B A B, so that
/// what else the machine does meets all of them. One that fails leaves, the others go on.
record Contest(Load load, List<SubjectKind> subjects) {
  Contest(Load load, SubjectKind... subjects) {
    this(load, List.of(subjects));
  }

  /// What each subject did, round by round, or how it failed.
  record Results(
      Map<SubjectKind, List<Load.Result>> rounds, Map<SubjectKind, IllegalStateException> failed) {
    /// The rounds of a subject.
    ///
    /// @throws IllegalStateException if it failed
    List<Load.Result> of(SubjectKind subject) {
      IllegalStateException failure = failed.get(subject);
      if (failure != null) {
        throw new IllegalStateException(subject + ": " + failure.getMessage(), failure);
      }
      return rounds.getOrDefault(subject, List.of());
    }
  }

  /// Holds it. [Rounds#results] asks for it once.
  Results run(Rounds rounds) {
    Results results =
        new Results(new EnumMap<>(SubjectKind.class), new EnumMap<>(SubjectKind.class));
    Rounds.Pace pace = rounds.pace();
    for (SubjectKind subject : subjects) {
      results.rounds.put(subject, new ArrayList<>());
      play(results, subject, () -> warmUp(rounds.runner(subject), pace));
    }
    for (int round = 0; round < pace.rounds(); round++) {
      results.rounds.forEach(
          (subject, played) ->
              play(
                  results,
                  subject,
                  () -> played.add(rounds.runner(subject).round(load, pace.round()))));
    }
    return results;
  }

  private static void play(Results results, SubjectKind subject, Runnable turn) {
    if (!results.failed.containsKey(subject)) {
      try {
        turn.run();
      } catch (IllegalStateException e) {
        results.failed.put(subject, e);
      }
    }
  }

  private void warmUp(Runner runner, Rounds.Pace pace) {
    var _ = runner.round(load, pace.warmUp());
    for (Duration spent = pace.warmUp();
        runner.calls() < pace.warmUpCalls() && spent.compareTo(pace.warmUpMax()) < 0;
        spent = spent.plus(pace.round())) {
      var _ = runner.round(load, pace.round());
    }
  }
}

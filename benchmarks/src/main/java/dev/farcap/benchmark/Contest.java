package dev.farcap.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The same calls through several subjects. All are warmed up, then take turns, A B A B, so that
/// what else the machine does meets all of them.
record Contest(Load load, List<SubjectKind> subjects) {
  Contest(Load load, SubjectKind... subjects) {
    this(load, List.of(subjects));
  }

  /// What each subject did, round by round. [Rounds#results] asks for it once.
  ///
  /// @throws IllegalStateException if a subject does not start or fails
  Map<SubjectKind, List<Load.Result>> run(Rounds rounds) {
    Rounds.Pace pace = rounds.pace();
    Map<SubjectKind, List<Load.Result>> results = new EnumMap<>(SubjectKind.class);
    for (SubjectKind subject : subjects) {
      warmUp(rounds.runner(subject), pace);
      results.put(subject, new ArrayList<>());
    }
    for (int round = 0; round < pace.rounds(); round++) {
      results.forEach(
          (subject, played) -> played.add(rounds.runner(subject).round(load, pace.round())));
    }
    return results;
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

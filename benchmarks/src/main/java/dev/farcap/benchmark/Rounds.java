package dev.farcap.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Runs comparisons: both subjects are warmed up, then take turns, A B A B, so that what else the
/// machine does meets both. Subjects start when first wanted and run, idle, until this is closed.
final class Rounds implements AutoCloseable {
  private final Lab lab;
  private final Pace pace;
  private final Map<SubjectKind, Runner> runners = new EnumMap<>(SubjectKind.class);

  /// How much is measured.
  ///
  /// @param warmUp of each subject, for each comparison, at least
  /// @param warmUpCalls as many, too: on a busy machine time alone compiles little
  /// @param warmUpMax however few calls that makes
  /// @param round length of one round of one subject
  /// @param rounds of each subject, at least 5
  record Pace(Duration warmUp, long warmUpCalls, Duration warmUpMax, Duration round, int rounds) {
    static final Pace FULL =
        new Pace(Duration.ofSeconds(10), 150_000, Duration.ofSeconds(90), Duration.ofSeconds(4), 7);
    static final Pace QUICK =
        new Pace(Duration.ofSeconds(3), 50_000, Duration.ofSeconds(30), Duration.ofSeconds(1), 5);
  }

  /// What a comparison showed.
  ///
  /// @param ours one result per round
  /// @param peer as many, or none where there is no peer
  record Outcome(
      Comparison comparison,
      List<Load.Result> ours,
      List<Load.Result> peer,
      @Nullable String peerVersion) {}

  Rounds(Lab lab, Pace pace) {
    this.lab = lab;
    this.pace = pace;
  }

  /// Runs one comparison.
  ///
  /// @throws IllegalStateException if a subject does not start or a call fails
  Outcome run(Comparison comparison) {
    Load load = comparison.load();
    Runner ours = runner(comparison.ours());
    SubjectKind peerKind = comparison.peer();
    Runner peer = peerKind == null ? null : runner(peerKind);
    warmUp(ours, load);
    if (peer != null) {
      warmUp(peer, load);
    }
    List<Load.Result> ourResults = new ArrayList<>();
    List<Load.Result> peerResults = new ArrayList<>();
    for (int round = 0; round < pace.rounds(); round++) {
      ourResults.add(ours.round(load, pace.round()));
      if (peer != null) {
        peerResults.add(peer.round(load, pace.round()));
      }
    }
    return new Outcome(comparison, ourResults, peerResults, peer == null ? null : peer.version());
  }

  private void warmUp(Runner runner, Load load) {
    long calls = runner.round(load, pace.warmUp()).calls();
    for (Duration spent = pace.warmUp();
        calls < pace.warmUpCalls() && spent.compareTo(pace.warmUpMax()) < 0;
        spent = spent.plus(pace.round())) {
      calls += runner.round(load, pace.round()).calls();
    }
  }

  private Runner runner(SubjectKind kind) {
    return runners.computeIfAbsent(kind, wanted -> Runner.start(wanted, lab));
  }

  @Override
  public void close() {
    runners.values().forEach(Runner::close);
  }
}

package dev.farcap.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Calls through a subject of ours beside the same calls through one or more peers. All are warmed
/// up, then take turns, A B A B, so that what else the machine does meets all of them.
///
/// @param ours the subject of this project
/// @param peers what it is compared with: each round with the best of them; none where the bound is
///   absolute
record Comparison(String name, Load load, Figure figure, SubjectKind ours, List<SubjectKind> peers)
    implements Measurement {

  Comparison(String name, Load load, Figure figure, SubjectKind ours, SubjectKind... peers) {
    this(name, load, figure, ours, List.of(peers));
  }

  /// A number of a round, with its unit.
  enum Figure {
    /// Calls answered in a second; of a stream, messages.
    RATE("calls/s"),
    /// Median of the time from a call's start to its end.
    LATENCY("µs"),
    /// Bytes of garbage per call: both ends of the library, the stubs and the load included.
    ALLOCATION("B/call");

    private final String unit;

    Figure(String unit) {
      this.unit = unit;
    }

    double of(Load.Result result) {
      return switch (this) {
        case RATE -> result.callsPerSecond();
        case LATENCY -> result.medianMicros();
        case ALLOCATION -> result.bytesPerCall();
      };
    }

    /// The best comes first.
    private Comparator<Load.Result> order() {
      Comparator<Load.Result> least = Comparator.comparingDouble(this::of);
      return this == RATE ? least.reversed() : least;
    }
  }

  @Override
  public Outcome run(Rounds rounds) {
    Runner own = rounds.runner(ours);
    List<Runner> others = peers.stream().map(rounds::runner).toList();
    Stream.concat(Stream.of(own), others.stream()).forEach(runner -> warmUp(runner, rounds.pace()));
    List<Load.Result> ourResults = new ArrayList<>();
    List<Load.Result> peerResults = new ArrayList<>();
    for (int round = 0; round < rounds.pace().rounds(); round++) {
      ourResults.add(own.round(load, rounds.pace().round()));
      others.stream()
          .map(peer -> peer.round(load, rounds.pace().round()))
          .min(figure.order())
          .ifPresent(peerResults::add);
    }
    return new Outcome(
        name,
        figure.unit,
        figures(ourResults),
        figures(peerResults),
        cpu(ourResults),
        cpu(peerResults),
        others.isEmpty() ? null : String.join("; ", others.stream().map(Runner::version).toList()));
  }

  private void warmUp(Runner runner, Rounds.Pace pace) {
    long calls = runner.round(load, pace.warmUp()).calls();
    for (Duration spent = pace.warmUp();
        calls < pace.warmUpCalls() && spent.compareTo(pace.warmUpMax()) < 0;
        spent = spent.plus(pace.round())) {
      calls += runner.round(load, pace.round()).calls();
    }
  }

  private List<Double> figures(List<Load.Result> results) {
    return results.stream().map(figure::of).toList();
  }

  private static List<Double> cpu(List<Load.Result> results) {
    return results.stream().map(result -> 1e3 * result.cpuSecondsPerThousandCalls()).toList();
  }
}

package dev.farcap.benchmark;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// What a contest showed of a subject of ours beside one or more peers.
///
/// @param ours the first of the contest's subjects
/// @param peers what it is compared with: each round with the best of them; none where the bound is
///   absolute
record Comparison(
    String name, Contest contest, Figure figure, SubjectKind ours, List<SubjectKind> peers)
    implements Measurement {

  Comparison(String name, Contest contest, Figure figure, SubjectKind... peers) {
    this(name, contest, figure, contest.subjects().getFirst(), List.of(peers));
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
    Contest.Results results = rounds.results(contest);
    List<Load.Result> ourResults = results.of(ours);
    List<Load.Result> peerResults = new ArrayList<>();
    for (int i = 0; i < ourResults.size(); i++) {
      int round = i;
      peers.stream()
          .map(peer -> results.of(peer).get(round))
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
        peers.isEmpty()
            ? null
            : String.join(
                "; ", peers.stream().map(peer -> rounds.runner(peer).version()).toList()));
  }

  private List<Double> figures(List<Load.Result> results) {
    return results.stream().map(figure::of).toList();
  }

  private static List<Double> cpu(List<Load.Result> results) {
    return results.stream().map(result -> 1e3 * result.cpuSecondsPerThousandCalls()).toList();
  }
}

package dev.farcap.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// A unary call of 100 bytes, one at a time, beside the same bytes there and back without any call:
/// what the machine itself asks for.
///
/// @param ours a library
/// @param start the floor
record Floor(String name, SubjectKind ours, Function<Lab, PingPong> start) implements Measurement {
  static final int BYTES = 100;

  /// So that a round takes some seconds, as one of calls does.
  private static final int ROUNDS_PER_EVENT = 200;

  private static final Load ALONE = Load.unary(1, BYTES);

  @Override
  public Outcome run(Rounds rounds) {
    Runner calls = rounds.runner(ours);
    Rounds.Pace pace = rounds.pace();
    try (PingPong floor = start.apply(rounds.lab())) {
      var _ = calls.round(ALONE, pace.warmUp());
      var _ = floor.medianMicros(pace.events());
      List<Double> own = new ArrayList<>();
      List<Double> least = new ArrayList<>();
      for (int round = 0; round < pace.rounds(); round++) {
        own.add(calls.round(ALONE, pace.round()).medianMicros());
        least.add(floor.medianMicros(ROUNDS_PER_EVENT * pace.events()));
      }
      return Outcome.beside(name, "µs", own, least, floor.version());
    }
  }
}

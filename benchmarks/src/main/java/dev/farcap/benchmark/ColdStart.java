package dev.farcap.benchmark;

import java.util.ArrayList;
import java.util.List;

/// From `farcap server-proxy` and `farcap client-proxy` typed to their listeners open: the longer
/// of the two, each started alone. The class archive is there, as from the second run on.
record ColdStart() implements Measurement {
  @Override
  public String name() {
    return "cold-start-ready-seconds";
  }

  @Override
  public Outcome run(Rounds rounds) {
    List<Double> seconds = new ArrayList<>();
    for (int round = 0; round < rounds.pace().rounds(); round++) {
      try (FarcapPair pair = FarcapPair.start(rounds.lab())) {
        seconds.add(pair.slowerStartNanos() / 1e9);
      }
    }
    return Outcome.alone(name(), "s", seconds);
  }
}

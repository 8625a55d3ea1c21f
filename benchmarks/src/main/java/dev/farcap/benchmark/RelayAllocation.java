package dev.farcap.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a proxy allocates for a unary call beyond what grpc-java allocates for the leg that it has
/// there anyway. A proxy has one leg of grpc-java, a server or a client; the library beside it has
/// both in one process, so half of what that allocates is a leg. Mean of both proxies.
record RelayAllocation() implements Measurement {
  private static final Load LOAD = Load.unary(64, 100);

  @Override
  public String name() {
    return "pair-allocation-over-grpc-leg-bytes";
  }

  @Override
  public Outcome run(Rounds rounds) {
    Runner pair = rounds.runner(SubjectKind.FARCAP_PAIR);
    Runner grpc = rounds.runner(SubjectKind.GRPC_LIBRARY);
    Duration round = rounds.pace().round();
    List<Double> over = new ArrayList<>();
    var _ = pair.round(LOAD, rounds.pace().warmUp());
    var _ = grpc.round(LOAD, rounds.pace().warmUp());
    try (ProxyJvm client = ProxyJvm.of(rounds.pair().client());
        ProxyJvm server = ProxyJvm.of(rounds.pair().server())) {
      for (int i = 0; i < rounds.pace().rounds(); i++) {
        long before = client.allocatedBytes() + server.allocatedBytes();
        long calls = pair.round(LOAD, round).calls();
        long after = client.allocatedBytes() + server.allocatedBytes();
        over.add(
            (double) (after - before) / calls / 2 - grpc.round(LOAD, round).bytesPerCall() / 2);
      }
    }
    return Outcome.alone(name(), "B/call", over);
  }
}

package dev.farcap.benchmark;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// What a measurement showed.
///
/// @param ours one figure for each round
/// @param peer as many, or none where there is no peer
/// @param oursCpu milliseconds of processor time per 1,000 calls, by rounds; none where calls are
///   not what is measured
/// @param peerCpu the same of the peer
/// @param peerVersion program and version, null where there is no peer
record Outcome(
    String name,
    String unit,
    List<Double> ours,
    List<Double> peer,
    List<Double> oursCpu,
    List<Double> peerCpu,
    @Nullable String peerVersion) {

  /// A figure without peer.
  static Outcome alone(String name, String unit, List<Double> ours) {
    return new Outcome(name, unit, ours, List.of(), List.of(), List.of(), null);
  }

  /// A figure beside a peer's of the same rounds.
  static Outcome beside(
      String name, String unit, List<Double> ours, List<Double> peer, String version) {
    return new Outcome(name, unit, ours, peer, List.of(), List.of(), version);
  }

  boolean isAlone() {
    return peer.isEmpty();
  }

  /// What the bound is for: ours to the peer's in each round, or ours where there is no peer.
  List<Double> judged() {
    return isAlone()
        ? ours
        : IntStream.range(0, peer.size()).mapToObj(i -> ours.get(i) / peer.get(i)).toList();
  }

  static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  static DoubleStream of(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue);
  }
}

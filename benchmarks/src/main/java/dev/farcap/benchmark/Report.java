package dev.farcap.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.farcap.benchmark.Bounds.Bound;
import dev.farcap.benchmark.Rounds.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Says what was measured: a table for people, JSON for programs.
final class Report {
  private static final String ROW = "%-40s %-8s %10s %10s %7s %-13s %-8s %-7s %9s %9s%n";

  private Report() {}

  /// A table of one line per comparison. The ratio is the median over the rounds of ours to the
  /// peer's, followed by its least and its greatest. CPU is milliseconds of processor time per
  /// 1,000 calls: of the proxies, or of both ends of a library.
  static String table(List<Outcome> outcomes, Bounds bounds) {
    StringBuilder table = new StringBuilder();
    table.append(
        ROW.formatted(
            "comparison",
            "unit",
            "ours",
            "peer",
            "ratio",
            "min..max",
            "bound",
            "verdict",
            "ours CPU",
            "peer CPU"));
    outcomes.forEach(outcome -> table.append(row(outcome, bounds)));
    return table.toString();
  }

  private static String row(Outcome outcome, Bounds bounds) {
    double[] ours = figures(outcome, outcome.ours());
    double[] peer = figures(outcome, outcome.peer());
    double[] ratios = ratios(ours, peer);
    boolean alone = peer.length == 0;
    Bound bound = bounds.of(outcome.comparison().name());
    return ROW.formatted(
        outcome.comparison().name(),
        outcome.comparison().figure().unit(),
        number(median(ours)),
        alone ? "" : number(median(peer)),
        alone ? "" : number(median(ratios)),
        spread(alone ? ours : ratios),
        bound == null ? "none" : bound.toString(),
        verdict(bound, median(alone ? ours : ratios)),
        cpu(outcome.ours()),
        cpu(outcome.peer()));
  }

  private static String verdict(@Nullable Bound bound, double figure) {
    return bound == null ? "" : bound.holds(figure) ? "met" : "MISSED";
  }

  /// Whether every bound of these comparisons is kept.
  static boolean allMet(List<Outcome> outcomes, Bounds bounds) {
    return outcomes.stream()
        .allMatch(
            outcome -> {
              double[] ours = figures(outcome, outcome.ours());
              double[] peer = figures(outcome, outcome.peer());
              Bound bound = bounds.of(outcome.comparison().name());
              return bound == null
                  || bound.holds(median(peer.length == 0 ? ours : ratios(ours, peer)));
            });
  }

  private static double[] figures(Outcome outcome, List<Load.Result> results) {
    return results.stream().mapToDouble(outcome.comparison().figure()::of).toArray();
  }

  private static double[] ratios(double[] ours, double[] peer) {
    return IntStream.range(0, peer.length).mapToDouble(i -> ours[i] / peer[i]).toArray();
  }

  private static double median(double[] values) {
    double[] sorted = DoubleStream.of(values).sorted().toArray();
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  private static String spread(double[] values) {
    return number(DoubleStream.of(values).min().orElseThrow())
        + ".."
        + number(DoubleStream.of(values).max().orElseThrow());
  }

  private static String cpu(List<Load.Result> results) {
    return results.isEmpty()
        ? ""
        : number(
            1e3
                * median(
                    results.stream()
                        .mapToDouble(Load.Result::cpuSecondsPerThousandCalls)
                        .toArray()));
  }

  /// Three digits that matter.
  static String number(double value) {
    String format = value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /// Writes `{"comparisons":[{"name","unit","ours":[...],"peer":[...],"peerVersion"}]}`; an entry
  /// without peer has neither `peer` nor `peerVersion`.
  static void write(List<Outcome> outcomes, Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root = mapper.createObjectNode();
    ArrayNode comparisons = root.putArray("comparisons");
    for (Outcome outcome : outcomes) {
      ObjectNode entry = comparisons.addObject();
      entry.put("name", outcome.comparison().name());
      entry.put("unit", outcome.comparison().figure().unit());
      putAll(entry.putArray("ours"), figures(outcome, outcome.ours()));
      if (outcome.peerVersion() != null) {
        putAll(entry.putArray("peer"), figures(outcome, outcome.peer()));
        entry.put("peerVersion", outcome.peerVersion());
      }
    }
    mapper.writeValue(file.toFile(), root);
  }

  private static void putAll(ArrayNode array, double[] values) {
    DoubleStream.of(values).forEach(array::add);
  }
}

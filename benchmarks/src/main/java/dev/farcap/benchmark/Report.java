package dev.farcap.benchmark;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.farcap.benchmark.Bounds.Bound;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// Says what was measured: a table for people, JSON for programs.
final class Report {
  private static final String ROW = "%-46s %-8s %10s %10s %7s %-13s %-8s %-7s %9s %9s%n";

  private Report() {}

  /// A table of one line per measurement. The ratio is the median over the rounds of ours to the
  /// peer's, followed by its least and its greatest. CPU is milliseconds of processor time per
  /// 1,000 calls: of the proxies, or of both ends of a library.
  static String table(List<Outcome> outcomes, Bounds bounds) {
    StringBuilder table = new StringBuilder();
    table.append(
        ROW.formatted(
            "measurement",
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
    Bound bound = bounds.of(outcome.name());
    List<Double> judged = outcome.judged();
    return ROW.formatted(
        outcome.name(),
        outcome.unit(),
        number(Outcome.median(outcome.ours())),
        outcome.isAlone() ? "" : number(Outcome.median(outcome.peer())),
        outcome.isAlone() ? "" : number(Outcome.median(judged)),
        number(Outcome.of(judged).min().orElseThrow())
            + ".."
            + number(Outcome.of(judged).max().orElseThrow()),
        bound == null ? "none" : bound.toString(),
        bound == null ? "" : bound.holds(Outcome.median(judged)) ? "met" : "MISSED",
        cpu(outcome.oursCpu()),
        cpu(outcome.peerCpu()));
  }

  /// Whether every bound of these measurements is kept.
  static boolean allMet(List<Outcome> outcomes, Bounds bounds) {
    return outcomes.stream()
        .allMatch(
            outcome -> {
              Bound bound = bounds.of(outcome.name());
              return bound == null || bound.holds(Outcome.median(outcome.judged()));
            });
  }

  private static String cpu(List<Double> rounds) {
    return rounds.isEmpty() ? "" : number(Outcome.median(rounds));
  }

  /// Three digits that matter.
  static String number(double value) {
    String format = value >= 100 ? "%,.0f" : value >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }

  /// Writes `{"measurements":[{"name","unit","ours":[...],"peer":[...],"oursCpu":[...],
  /// "peerCpu":[...],"peerVersion","bound":{...},"verdict"}]}`: a number for each round, processor
  /// time in milliseconds per 1,000 calls. What there is none of is left out.
  static void write(List<Outcome> outcomes, Bounds bounds, Path file) throws IOException {
    ObjectMapper mapper = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);
    ObjectNode root = mapper.createObjectNode();
    ArrayNode measurements = root.putArray("measurements");
    for (Outcome outcome : outcomes) {
      ObjectNode entry = measurements.addObject();
      entry.put("name", outcome.name());
      entry.put("unit", outcome.unit());
      putAll(entry, "ours", outcome.ours());
      putAll(entry, "peer", outcome.peer());
      putAll(entry, "oursCpu", outcome.oursCpu());
      putAll(entry, "peerCpu", outcome.peerCpu());
      if (outcome.peerVersion() != null) {
        entry.put("peerVersion", outcome.peerVersion());
      }
      Bound bound = bounds.of(outcome.name());
      if (bound != null) {
        entry.putObject("bound").put(bound.lower() ? "min" : "max", bound.value());
        entry.put("verdict", bound.holds(Outcome.median(outcome.judged())) ? "met" : "missed");
      }
    }
    mapper.writeValue(file.toFile(), root);
  }

  private static void putAll(ObjectNode entry, String name, List<Double> values) {
    if (!values.isEmpty()) {
      ArrayNode array = entry.putArray(name);
      values.forEach(array::add);
    }
  }
}

package dev.farcap.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What the figures must not exceed or fall below, by the names of the measurements. Read from the
/// section of a [Suite] in a file:
///
/// ```
/// {"peers": {"library-unary-100-rate-vs-grpc-mtls": {"min": 3.0}, ...}}
/// ```
record Bounds(Map<String, Bound> byName) {
  /// One bound: on the median ratio of ours to the peer's, or on our median where there is no peer.
  ///
  /// @param lower whether the figure must be at least the value, else at most
  record Bound(boolean lower, double value) {
    boolean holds(double figure) {
      return lower ? figure >= value : figure <= value;
    }

    @Override
    public String toString() {
      return (lower ? ">= " : "<= ") + Report.number(value);
    }
  }

  Bounds {
    byName = Map.copyOf(byName);
  }

  /// Reads a section of a file.
  ///
  /// @throws IllegalArgumentException naming the file and what is wrong with it
  static Bounds read(Path file, String group) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "no bounds at " + file + "; name the file with --targets FILE");
    }
    try {
      Map<String, Bound> bounds = new TreeMap<>();
      JsonNode section = new ObjectMapper().readTree(file.toFile()).path(group);
      section.properties().forEach(entry -> bounds.put(entry.getKey(), bound(entry.getValue())));
      if (bounds.isEmpty()) {
        throw new IllegalArgumentException("it has no section \"" + group + "\"");
      }
      return new Bounds(bounds);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(file + ": " + e.getOriginalMessage(), e);
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
  }

  private static Bound bound(JsonNode node) {
    boolean lower = node.has("min");
    JsonNode value = node.path(lower ? "min" : "max");
    if (node.size() != 1 || !value.isNumber()) {
      throw new IllegalArgumentException(node + " is not {\"min\": NUMBER} or {\"max\": NUMBER}");
    }
    return new Bound(lower, value.doubleValue());
  }

  /// The bound of a measurement, null if it has none.
  @Nullable Bound of(String name) {
    return byName.get(name);
  }

  /// Names of bounds that belong to none of these measurements.
  List<String> besides(List<Measurement> measurements) {
    Set<String> known = measurements.stream().map(Measurement::name).collect(Collectors.toSet());
    return byName.keySet().stream().filter(name -> !known.contains(name)).sorted().toList();
  }
}

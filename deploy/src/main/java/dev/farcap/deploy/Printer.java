package dev.farcap.deploy;

import com.google.gson.GsonBuilder;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The option `--output` and what it changes: results for people or for programs. Results go to
/// stdout, everything else to stderr.
final class Printer {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--output",
      paramLabel = "FORMAT",
      description = "text (default) or json.",
      defaultValue = "text")
  private Format format;

  /// How results look.
  enum Format {
    TEXT,
    JSON
  }

  boolean isJson() {
    return format == Format.JSON;
  }

  /// One line of text.
  void line(String text) {
    out().println(text);
  }

  /// One value as JSON: records, maps, lists, texts, numbers.
  void json(Object value) {
    line(writer().setPrettyPrinting().create().toJson(value));
  }

  /// One value as JSON in one line, for results that come one by one.
  void jsonLine(Object value) {
    line(writer().create().toJson(value));
  }

  private static GsonBuilder writer() {
    return new GsonBuilder().serializeNulls().disableHtmlEscaping();
  }

  /// Names and values, one a line or as an object. Names are given as JSON has them.
  void facts(Map<String, ?> facts) {
    if (isJson()) {
      json(facts);
      return;
    }
    int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
    facts.forEach((name, value) -> line(("%-" + width + "s  %s").formatted(name, value)));
  }

  /// Facts in the order given: name, value, name, value.
  static Map<String, Object> facts(Object... namesAndValues) {
    Map<String, Object> facts = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      facts.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return facts;
  }

  private PrintWriter out() {
    return spec.commandLine().getOut();
  }
}

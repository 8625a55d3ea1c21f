package dev.farcap.deploy;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A status for people.
final class StatusText {
  private static final int MS_PER_S = 1_000;

  private final JsonNode status;
  private final List<String> lines = new ArrayList<>();

  StatusText(JsonNode status) {
    this.status = status;
  }

  List<String> lines() {
    lines.add(
        "%s, %s, %s"
            .formatted(
                text("identity"),
                text("role"),
                status.get("ready").asBoolean() ? "ready" : "not ready"));
    lines.add(
        "since %s, certificate until %s".formatted(text("started"), text("certificateExpires")));
    lines.add(
        "sessions: %s opened, %s hosted".formatted(text("sessionsOpened"), text("sessionsHosted")));
    section("listeners", this::listener);
    section("links", this::link);
    JsonNode directory = status.get("directory");
    if (directory != null && !directory.isNull()) {
      lines.add(
          "directory %s, number %s, seen %s ms ago"
              .formatted(
                  text(directory, "file"), text(directory, "number"), text(directory, "ageMs")));
      trouble(directory, "trouble");
    }
    section("grants", this::grant);
    section("exports", export -> lines.add("  " + export.asText()));
    return lines;
  }

  private void listener(JsonNode listener) {
    lines.add(
        "  %-12s %s, %s connections, %s calls, %s sessions"
            .formatted(
                text(listener, "name"),
                text(listener, "address"),
                text(listener, "connections"),
                text(listener, "calls"),
                text(listener, "sessions")));
  }

  private void link(JsonNode link) {
    lines.add(
        "  %s %s for %s s, %s, round trip %s µs, %s sessions opened, %s hosted, %s calls"
            .formatted(
                text(link, "peer"),
                text(link, "state"),
                link.get("sinceMs").asLong() / MS_PER_S,
                text(link, "medium"),
                text(link, "roundTripMicros"),
                text(link, "sessionsOpened"),
                text(link, "sessionsHosted"),
                text(link, "calls")));
    trouble(link, "lastFailure");
  }

  private void grant(JsonNode grant) {
    lines.add(
        "  %s at %s, %s, until %s"
            .formatted(
                text(grant, "service"),
                text(grant, "server"),
                text(grant, "label"),
                text(grant, "expires")));
  }

  private void trouble(JsonNode from, String key) {
    if (from.hasNonNull(key)) {
      lines.add("    " + text(from, key));
    }
  }

  private void section(String name, Consumer<JsonNode> each) {
    JsonNode items = status.get(name);
    if (items != null && !items.isEmpty()) {
      lines.add(name + ":");
      items.forEach(each);
    }
  }

  private String text(String key) {
    return text(status, key);
  }

  private static String text(JsonNode from, String key) {
    JsonNode value = from.get(key);
    return value == null || value.isNull() ? "-" : value.asText();
  }
}

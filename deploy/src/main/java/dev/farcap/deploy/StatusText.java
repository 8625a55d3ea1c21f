package dev.farcap.deploy;

import dev.farcap.node.NodeStatus;
import dev.farcap.node.NodeStatus.DirectoryStatus;
import dev.farcap.node.NodeStatus.GrantStatus;
import dev.farcap.node.NodeStatus.LinkStatus;
import dev.farcap.node.NodeStatus.ListenerStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A status for people.
final class StatusText {
  private static final int MS_PER_S = 1_000;

  private final NodeStatus status;
  private final List<String> lines = new ArrayList<>();

  StatusText(NodeStatus status) {
    this.status = status;
  }

  List<String> lines() {
    add("%s, %s, %s", status.identity(), status.role(), status.ready() ? "ready" : "not ready");
    add("since %s, certificate until %s", status.started(), status.certificateExpires());
    add("sessions: %d opened, %d hosted", status.sessionsOpened(), status.sessionsHosted());
    section("listeners", status.listeners(), this::listener);
    section("links", status.links(), this::link);
    DirectoryStatus directory = status.directory();
    if (directory != null) {
      add(
          "directory %s, number %d, seen %d ms ago",
          directory.file(), directory.number(), directory.ageMs());
      trouble(directory.trouble());
    }
    section("grants", status.grants(), this::grant);
    section("exports", status.exports(), export -> add("  %s", export));
    return lines;
  }

  private void listener(ListenerStatus listener) {
    add(
        "  %-12s %s, %d connections, %d calls, %d sessions",
        listener.name(),
        listener.address(),
        listener.connections(),
        listener.calls(),
        listener.sessions());
  }

  private void link(LinkStatus link) {
    add(
        "  %s %s for %d s, %s, round trip %d µs, %d sessions opened, %d hosted, %d calls",
        link.peer(),
        link.state(),
        link.sinceMs() / MS_PER_S,
        link.medium() == null ? "-" : link.medium(),
        link.roundTripMicros(),
        link.sessionsOpened(),
        link.sessionsHosted(),
        link.calls());
    trouble(link.lastFailure());
  }

  private void grant(GrantStatus grant) {
    add(
        "  %s at %s, %s, until %s",
        grant.service(), grant.server(), grant.label(), grant.expires());
  }

  private void trouble(@Nullable String trouble) {
    if (trouble != null) {
      add("    %s", trouble);
    }
  }

  private <T> void section(String name, List<T> items, Consumer<T> each) {
    if (!items.isEmpty()) {
      add("%s:", name);
      items.forEach(each);
    }
  }

  private void add(String format, Object... values) {
    lines.add(format.formatted(values));
  }
}
